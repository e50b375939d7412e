using MeshMcp.Contracts.Errors;

namespace MeshMcp.Server.Acme;

/// <summary>The authority refused, in its own words.</summary>
/// <param name="problem">As it was answered.</param>
/// <param name="after">How long it asks to be left alone; null when it does not say.</param>
sealed class AcmeRefusal(string what, AcmeProblem problem, Uri directory, TimeSpan? after = null)
    : MeshException(ErrorKind.CommandFailed, $"{what}: {Text(problem)}", directory.Host, HintOf(NameOf(problem)))
{
    const string Prefix = "urn:ietf:params:acme:error:";
    const int MostParts = 10, LongestText = 500;

    public string Name { get; } = NameOf(problem);

    public TimeSpan? After { get; } = after;

    /// <summary>The problem and its parts, each by its name in RFC 8555 and in the authority's words, without what a terminal would act on.</summary>
    internal static string Text(AcmeProblem problem)
    {
        var parts = (problem.Subproblems ?? []).Take(MostParts).Select(p => $"{Plain(p.Identifier?.Value ?? "?")}: {One(p)}");
        return string.Join("; ", [One(problem), .. parts]);
    }

    static string One(AcmeProblem problem) => problem.Detail is { Length: > 0 } detail ? $"{NameOf(problem)}: {Plain(detail)}" : NameOf(problem);

    static string NameOf(AcmeProblem problem) => Plain(problem.Type is { } type ? type.StartsWith(Prefix, StringComparison.Ordinal) ? type[Prefix.Length..] : type : "about:blank");

    /// <summary>Text of strangers.</summary>
    internal static string Plain(string text) => new([.. text.Where(c => !char.IsControl(c)).Take(LongestText)]);

    static string? HintOf(string name) => name switch
    {
        "unauthorized" or "connection" or "dns" or "caa" or "incorrectResponse" => "Each name must lead to this machine from everywhere, and its port 80 to where this role listens (\"listen\").",
        "rejectedIdentifier" or "unsupportedIdentifier" => "This authority does not certify such a name; for IP addresses it may want a \"profile\".",
        "rateLimited" => "Wait; until then the present certificate stays. Try things out with the authority's staging directory.",
        "userActionRequired" => "Read the terms of service that it names.",
        "invalidContact" or "unsupportedContact" => "Correct \"contact\", or leave it out.",
        "invalidProfile" => "Correct \"profile\", or leave it out.",
        _ => null,
    };
}
