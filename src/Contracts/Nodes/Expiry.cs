using System.Globalization;
using MeshMcp.Contracts.Errors;

namespace MeshMcp.Contracts.Nodes;

/// <summary>Moments as people write them, the same for tools, commands, tokens and invitations: <c>2027-01-31</c>, <c>2027-01-31T18:00Z</c>, or <c>30d</c>, <c>12h</c>, <c>30m</c> from now.</summary>
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
        var at = From(text.Trim(), now) ?? Moment(text, argument, Hint);
        return at > now ? at : throw new MeshException(ErrorKind.InvalidArgument, $"\"{text}\" is over already: it is {now:u}.", argument, Hint);
    }

    /// <inheritdoc cref="Read(string?, string, DateTimeOffset)"/>
    public static DateTimeOffset? Read(string? text, string argument) => Read(text, argument, TimeProvider.System.GetUtcNow());

    /// <summary>Any moment, also one that is over; in UTC unless it names its zone.</summary>
    /// <exception cref="MeshException">InvalidArgument.</exception>
    public static DateTimeOffset Moment(string text, string argument) => Moment(text, argument, "Give a time such as 2027-01-31 or 2027-01-31T18:00:00Z.");

    static DateTimeOffset Moment(string text, string argument, string hint)
    {
        if (DateTimeOffset.TryParseExact(text.Trim(), Forms, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)) return at;
        var why = text.All(char.IsAsciiDigit) ? $"\"{text}\" has no unit." : text.Contains('/') || text.Contains('.') && !text.Contains(':') ? $"\"{text}\" can be read as two days." : $"\"{text}\" is no time.";
        throw new MeshException(ErrorKind.InvalidArgument, why, argument, hint);
    }

    const string Hint = "Give a time such as 2027-01-31T18:00:00Z, or 30d, 12h or 30m from now, a hundred years at most.";

    /// <summary>Null where it is no span.</summary>
    static DateTimeOffset? From(string text, DateTimeOffset now)
    {
        var minutes = text[^1] switch { 'd' => 24 * 60, 'h' => 60, 'm' => 1, _ => 0 };
        return minutes > 0 && long.TryParse(text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0 && count <= (long)MostDays * 24 * 60 / minutes
            ? now + TimeSpan.FromMinutes(count * minutes)
            : null;
    }
}
