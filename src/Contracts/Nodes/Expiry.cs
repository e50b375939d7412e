using System.Globalization;
using MeshMcp.Contracts.Errors;

namespace MeshMcp.Contracts.Nodes;

/// <summary>A moment as people write it: <c>2027-01-31T18:00:00Z</c>, or <c>30d</c> and <c>12h</c> from now.</summary>
public static class Expiry
{
    const int MostDays = 36_500;

    /// <param name="text">Null or blank: never.</param>
    /// <param name="argument">Where the text is from, for the error.</param>
    /// <exception cref="MeshException">InvalidArgument.</exception>
    public static DateTimeOffset? Read(string? text, string argument)
    {
        if (string.IsNullOrWhiteSpace(text)) return null;
        var hours = text[^1] switch { 'd' => 24, 'h' => 1, _ => 0 };
        if (hours > 0 && int.TryParse(text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0 && count <= MostDays * 24 / hours)
            return TimeProvider.System.GetUtcNow() + TimeSpan.FromHours((double)count * hours);
        return hours == 0 && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) ? at
            : throw new MeshException(ErrorKind.InvalidArgument, $"\"{text}\" is no time.", argument, "Give a time such as 2027-01-31T18:00:00Z, or 30d or 12h from now, a hundred years at most.");
    }
}
