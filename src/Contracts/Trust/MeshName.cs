using System.Text.RegularExpressions;
using MeshMcp.Contracts.Errors;

namespace MeshMcp.Contracts.Trust;

/// <summary>The name of a node, a server or a mesh: lower-case letters, digits and hyphens, at most 63, as in one DNS label.</summary>
public static partial class MeshName
{
    public const string Form = "a lower-case letter or digit, then up to 62 lower-case letters, digits or hyphens";

    public static bool IsValid(string name) => Pattern().IsMatch(name);

    /// <summary>Returns <paramref name="name"/>.</summary>
    /// <exception cref="MeshException">InvalidArgument: the name has another form.</exception>
    public static string Checked(string name) => IsValid(name)
        ? name
        : throw new MeshException(ErrorKind.InvalidArgument, $"'{name}' is not a name.", name, $"A name is {Form}.");

    [GeneratedRegex(@"\A[a-z0-9][a-z0-9-]{0,62}\z")]
    private static partial Regex Pattern();
}
