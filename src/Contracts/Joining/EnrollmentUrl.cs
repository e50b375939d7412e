using MeshMcp.Contracts.Errors;

namespace MeshMcp.Contracts.Joining;

/// <summary>Where an MCP server of the mesh takes signing requests.</summary>
public static class EnrollmentUrl
{
    public const string Form = "https://HOST:PORT/enroll, for example https://203.0.113.10:9573/enroll";

    /// <summary>Returns <paramref name="url"/>.</summary>
    /// <exception cref="MeshException">InvalidArgument: not an https address.</exception>
    public static string Checked(string url) => Uri.TryCreate(url, UriKind.Absolute, out var parsed) && parsed.Scheme == Uri.UriSchemeHttps && parsed.UserInfo.Length == 0
        ? url
        : throw new MeshException(ErrorKind.InvalidArgument, $"'{url}' is not where a mesh enrolls nodes.", "url", $"Write {Form}.");
}
