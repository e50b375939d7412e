using System.Net;
using System.Text.Json;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.Trust;
using MeshMcp.Server.Http;

namespace MeshMcp.Server.Roles;

/// <summary>The MCP server's file, <c>/etc/meshmcp/server.json</c>; read once.</summary>
/// <param name="Tokens">The path of the tokens file; without it everyone on loopback may do everything.</param>
/// <param name="Nodes">By name.</param>
public sealed record ServerConfiguration(
    IPEndPoint Listen,
    CertificateFiles? Tls,
    string? Tokens,
    IReadOnlyList<string> AllowedHosts,
    IReadOnlyList<string> AllowedOrigins,
    bool BehindProxy,
    IReadOnlyDictionary<string, NodeEndpoint> Nodes)
{
    public const string DefaultPath = "/etc/meshmcp/server.json";

    static readonly IPEndPoint DefaultListen = new(IPAddress.Loopback, 9573);

    /// <summary>What HTTP needs of it.</summary>
    public HttpSettings Http => new(Listen, Tls, Tokens is null ? null : new TokenFile(Tokens, TimeProvider.System), AllowedHosts, AllowedOrigins, BehindProxy);

    /// <exception cref="MeshException">NotFound or PermissionDenied for the file; InvalidArgument with every problem in it.</exception>
    public static ServerConfiguration Read(string path)
    {
        try
        {
            return Parse(File.ReadAllText(path), path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new MeshException(ErrorKind.NotFound, "The configuration does not exist", path, "Write it, or name another with --config.", e);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            throw new MeshException(ErrorKind.PermissionDenied, $"The configuration cannot be read: {e.Message}", path, inner: e);
        }
    }

    /// <exception cref="MeshException">InvalidArgument with every problem.</exception>
    public static ServerConfiguration Parse(string json, string path)
    {
        List<Problem> problems = [];
        ServerConfiguration? configuration = null;
        try
        {
            using var document = JsonDocument.Parse(json, new() { AllowDuplicateProperties = false, CommentHandling = JsonCommentHandling.Skip });
            configuration = Of(new(document.RootElement, "", problems, ["listen", "tls", "tokens", "allowedHosts", "allowedOrigins", "behindProxy", "identity", "nodes"]));
            if (problems.Count == 0) problems.AddRange(Exposure.Check(configuration.Http));
        }
        catch (JsonException e)
        {
            problems.Add(new("$", e.Message));
        }
        return problems.Count == 0 ? configuration! : throw new MeshException(new MeshError(ErrorKind.InvalidArgument, "The configuration is not valid", path, Problems: problems));
    }

    static ServerConfiguration Of(ConfigurationObject root)
    {
        var listen = root.Has("listen") ? root.Address("listen") : DefaultListen;
        if (listen is DnsEndPoint) root.Fault("listen", "must be an IP address and a port");
        return new(
            listen as IPEndPoint ?? DefaultListen,
            Files(root.Object("tls", ["certificate", "key"])),
            root.File("tokens"),
            root.Texts("allowedHosts", text => Uri.CheckHostName(text) != UriHostNameType.Unknown, "a host name or address without a port"),
            root.Texts("allowedOrigins", IsOrigin, "an origin such as https://name:port"),
            root.Flag("behindProxy"),
            NodesOf(root));
    }

    static Dictionary<string, NodeEndpoint> NodesOf(ConfigurationObject root)
    {
        Dictionary<string, NodeEndpoint> nodes = [];
        var identity = root.Object("identity", ["ca", "certificate", "key"]);
        var authority = identity?.File("ca", required: true);
        var files = Files(identity);
        if (root.Object("nodes") is not { } listed) return nodes;
        if (identity is null && listed.Names.Any()) root.Fault("identity", "is needed to reach the nodes: ca, certificate and key of this server");
        foreach (var name in listed.Names)
        {
            if (!MeshName.IsValid(name)) listed.Fault(name, $"is not a node's name: {MeshName.Form}");
            var node = listed.Object(name, ["address"])!;
            if (node.Address("address") is not null && authority is not null && files is not null)
                nodes[name] = new NodeEndpoint.Relay(name, node.Text("address")!, new MeshCertificates(authority, files));
        }
        return nodes;
    }

    static CertificateFiles? Files(ConfigurationObject? pair)
    {
        var (certificate, key) = (pair?.File("certificate", required: true), pair?.File("key", required: true));
        return certificate is null || key is null ? null : new(certificate, key);
    }

    static bool IsOrigin(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.GetLeftPart(UriPartial.Authority) == text && uri.Scheme is "http" or "https";
}
