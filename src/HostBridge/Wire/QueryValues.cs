using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Nodes;

namespace MeshMcp.HostBridge.Wire;

/// <summary>Values of a request's query, each with a clear error where it is none.</summary>
static class QueryValues
{
    const int Listed = 20;

    /// <exception cref="MeshException">InvalidArgument: it is no whole number.</exception>
    public static int? Number(this HttpRequest request, string name) => request.Text(name) is not { } text ? null
        : int.TryParse(text, out var number) ? number
        : throw new MeshException(ErrorKind.InvalidArgument, $"{name} is \"{text}\", not a number.", name, "Give a whole number.");

    /// <exception cref="MeshException">InvalidArgument: it is no moment.</exception>
    public static DateTimeOffset? Moment(this HttpRequest request, string name) => request.Text(name) is { } text ? Expiry.Moment(text, name) : null;

    /// <summary>How many to list: 20 unless the caller says, at most <see cref="Limits.MaxListed"/>.</summary>
    public static int Limit(this HttpRequest request) => Math.Clamp(request.Number("limit") ?? Listed, 1, Limits.MaxListed);

    /// <exception cref="MeshException">InvalidArgument: it is neither true nor false.</exception>
    public static bool Flag(this HttpRequest request, string name) => request.Text(name) is { } text
        && (bool.TryParse(text, out var flag) ? flag : throw new MeshException(ErrorKind.InvalidArgument, $"{name} is \"{text}\", not true or false.", name, "Give true or false."));

    /// <summary>How a secret in the answer is handed over; null: it is in it.</summary>
    /// <exception cref="MeshException">InvalidArgument: there is no such way.</exception>
    public static HandoverWay? Handover(this HttpRequest request) => request.Text("handover") switch
    {
        null => null,
        "link" => HandoverWay.Link,
        "file" => HandoverWay.File,
        var other => throw new MeshException(ErrorKind.InvalidArgument, $"handover is \"{other}\", not link or file.", "handover", "Give link or file, or leave it out."),
    };

    /// <summary>Null when it is absent or empty.</summary>
    public static string? Text(this HttpRequest request, string name) => request.Query[name].FirstOrDefault() is { Length: > 0 } text ? text : null;
}
