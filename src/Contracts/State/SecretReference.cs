using System.Text.RegularExpressions;

namespace MeshMcp.Contracts.State;

/// <summary>How a state names a secret: <c>secret:warp-profile</c>. The secret itself is on the node alone.</summary>
public static partial class SecretReference
{
    const string Prefix = "secret:";

    public const string Form = "1 to 63 lower-case letters, digits and dashes, a letter or digit first";

    public static string Of(string name) => Prefix + name;

    /// <summary>The name in it; null when it is no reference.</summary>
    public static string? NameIn(string? reference) =>
        reference?.StartsWith(Prefix, StringComparison.Ordinal) == true && IsName(reference[Prefix.Length..]) ? reference[Prefix.Length..] : null;

    public static bool IsName(string name) => Name().IsMatch(name);

    [GeneratedRegex(@"\A[a-z0-9][a-z0-9-]{0,62}\z")]
    private static partial Regex Name();
}
