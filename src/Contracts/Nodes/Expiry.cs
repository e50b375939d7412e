using System.Globalization;
using MeshMcp.Contracts.Errors;

namespace MeshMcp.Contracts.Nodes;

/// <summary>Moments and spans as people write them, the same for tools, commands, tokens and invitations: <c>2027-01-31</c>, <c>2027-01-31T18:00Z</c>, or <c>30d</c>, <c>12h</c>, <c>30m</c>, <c>60s</c> from now.</summary>
public static class Expiry
{
    const int MostDays = 36_500;

    /// <summary>With a day's order of year, month, day only: what two countries read differently is none.</summary>
    static readonly string[] Forms =
        [.. from day in new[] { "yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd'T'HH:mm:ss", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF", "yyyy-MM-dd HH:mm", "yyyy-MM-dd HH:mm:ss" } from zone in new[] { "", "K" } select day + zone];

    /// <summary>When something ends.</summary>
    /// <param name="text">Null or blank: never.</param>
    /// <param name="argument">Where the text is from, for the error.</param>
    /// <exception cref="MeshException">InvalidArgument: it is no moment, or not one to come.</exception>
    public static DateTimeOffset? Read(string? text, string argument, DateTimeOffset now)
    {
        if (string.IsNullOrWhiteSpace(text)) return null;
        var at = Span(text.Trim()) is { } span ? now + span : Moment(text, argument, Hint);
        return at > now ? at : throw new MeshException(ErrorKind.InvalidArgument, $"\"{text}\" is over already: it is {now:u}.", argument, Hint);
    }

    /// <summary>A span for people, in its two largest units: <c>59 s</c>, <c>2 h 5 min</c>.</summary>
    public static string Words(TimeSpan span) => span switch
    {
        { TotalMinutes: < 2 } => $"{Math.Ceiling(Math.Max(0, span.TotalSeconds)):0} s",
        { TotalHours: < 1 } => $"{span.Minutes} min",
        { TotalDays: < 1 } => $"{span.Hours} h {span.Minutes} min",
        _ => $"{span.Days} d {span.Hours} h",
    };

    /// <inheritdoc cref="Read(string?, string, DateTimeOffset)"/>
    public static DateTimeOffset? Read(string? text, string argument) => Read(text, argument, TimeProvider.System.GetUtcNow());

    /// <summary>Any moment, also one that is over; in UTC unless it names its zone.</summary>
    /// <exception cref="MeshException">InvalidArgument.</exception>
    public static DateTimeOffset Moment(string text, string argument) => Moment(text, argument, "Give a time such as 2027-01-31 or 2027-01-31T18:00:00Z.");

    /// <summary>Since when: a moment, or a span before <paramref name="now"/> (<c>2h</c>).</summary>
    /// <exception cref="MeshException">InvalidArgument.</exception>
    public static DateTimeOffset Since(string text, string argument, DateTimeOffset now) =>
        Span(text.Trim()) is { } ago ? now - ago : Moment(text, argument, "Give a time such as 2027-01-31 or 2027-01-31T18:00:00Z, or how long ago: 2h, 7d.");

    /// <inheritdoc cref="Since(string, string, DateTimeOffset)"/>
    public static DateTimeOffset Since(string text, string argument) => Since(text, argument, TimeProvider.System.GetUtcNow());

    static DateTimeOffset Moment(string text, string argument, string hint)
    {
        if (DateTimeOffset.TryParseExact(text.Trim(), Forms, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)) return at;
        var why = text.All(char.IsAsciiDigit) ? $"\"{text}\" has no unit." : text.Contains('/') || text.Contains('.') && !text.Contains(':') ? $"\"{text}\" can be read as two days." : $"\"{text}\" is no time.";
        throw new MeshException(ErrorKind.InvalidArgument, why, argument, hint);
    }

    const string Hint = "Give a time such as 2027-01-31T18:00:00Z, or 30d, 12h, 30m or 60s from now, a hundred years at most.";

    /// <summary>How long something for a while lasts, at least and at most.</summary>
    public static readonly TimeSpan ShortestWhile = TimeSpan.FromSeconds(5), LongestWhile = TimeSpan.FromDays(30);

    /// <summary>For how long something is: <c>60s</c>, <c>30m</c>.</summary>
    /// <exception cref="MeshException">InvalidArgument: it is no span, or out of <see cref="ShortestWhile"/> and <see cref="LongestWhile"/>.</exception>
    public static TimeSpan While(string text, string argument)
    {
        const string Form = "Give 5s to 30d, such as 60s, 30m, 12h or 7d.";
        var span = Span(text.Trim()) ?? throw new MeshException(ErrorKind.InvalidArgument, text.Length > 0 && text.All(char.IsAsciiDigit) ? $"\"{text}\" has no unit." : $"\"{text}\" is no span of time.", argument, Form);
        return span >= ShortestWhile && span <= LongestWhile ? span : throw new MeshException(ErrorKind.InvalidArgument, $"\"{text}\" is too {(span < ShortestWhile ? "short" : "long")}.", argument, Form);
    }

    /// <summary>Null where it is no span.</summary>
    static TimeSpan? Span(string text)
    {
        const long Day = 24 * 60 * 60;
        var seconds = text is [.., var unit] ? unit switch { 'd' => Day, 'h' => 60 * 60, 'm' => 60, 's' => 1, _ => 0 } : 0;
        return seconds > 0 && long.TryParse(text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0 && count <= MostDays * Day / seconds
            ? TimeSpan.FromSeconds(count * seconds)
            : null;
    }
}
