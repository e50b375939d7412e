using System.Net;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.Trust;
using MeshMcp.Server.Enrollment;
using MeshMcp.Server.Http;
using MeshMcp.Tools;
using MeshMcp.Server.Nodes;
using MeshMcp.Tools.Calls;

namespace MeshMcp.Server.Roles;

/// <summary>The file of the roles that serve HTTP, <c>/etc/meshmcp/server.json</c> and <c>api.json</c>. Read once, but for <c>nodes</c>.</summary>
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

    static readonly string[] Fields = ["listen", "tls", "publicTls", "tokens", "allowedHosts", "allowedOrigins", "behindProxy", "identity", "nodes", "enroll", "approvals", "toolsets", "dashboard"];

    /// <summary>Shown to those who ask for one of its names; the one of <see cref="Tls"/> to all others.</summary>
    public CertificateFiles? PublicTls { get; private init; }

    /// <summary>This server's own certificate, with which it calls nodes.</summary>
    public MeshCertificates? Identity { get; private init; }

    /// <summary>The node whose invitations are redeemed at <c>/enroll</c>, and whose joined nodes are nodes of this server.</summary>
    public EnrollDoor? Enroll { get; private init; }

    public ApprovalPolicy Approvals { get; private init; }

    /// <summary>Names of the toolsets to show; null: the default ones.</summary>
    public IReadOnlyList<string>? Toolsets { get; private init; }

    /// <summary>Where people reach the API and its dashboard; null: where the caller reaches the server, on the API's port.</summary>
    public Uri? Dashboard { get; private init; }

    /// <summary>What HTTP needs of it.</summary>
    public HttpSettings Http => new(Listen, Tls, Tokens is null ? null : new TokenFile(Tokens, TimeProvider.System), AllowedHosts, AllowedOrigins, BehindProxy)
    {
        PublicCertificate = PublicTls,
        Dashboard = Dashboard,
    };

    /// <summary>The nodes, and how to learn of others.</summary>
    /// <param name="path">The file this was read from.</param>
    public NodeSources SourcesIn(string path)
    {
        var identity = Identity;
        return new(Nodes, path, Reread, Enroll, (name, address) => new NodeEndpoint.Relay(name, address, identity!));

        IReadOnlyDictionary<string, NodeEndpoint> Reread()
        {
            var read = Read(path, Listen);
            identity ??= read.Identity;
            // The same certificates keep the same connections.
            return read.Nodes.ToDictionary(n => n.Key, n => n.Value is NodeEndpoint.Relay relay ? relay with { Certificates = identity! } : n.Value);
        }
    }

    /// <param name="listen">Where to listen when the file does not say.</param>
    /// <exception cref="MeshException">NotFound or PermissionDenied for the file; InvalidArgument with every problem in it.</exception>
    public static ServerConfiguration Read(string path, IPEndPoint? listen = null) => Parse(ConfigurationFile.Text(path), path, listen);

    /// <exception cref="MeshException">InvalidArgument with every problem.</exception>
    public static ServerConfiguration Parse(string json, string path, IPEndPoint? listen = null) =>
        ConfigurationFile.Parse(json, path, Fields, root => Of(root, listen ?? DefaultListen), configuration => Exposure.Check(configuration.Http));

    static ServerConfiguration Of(ConfigurationObject root, IPEndPoint otherwise)
    {
        var listen = root.Has("listen") ? root.Address("listen") : otherwise;
        if (listen is DnsEndPoint) root.Fault("listen", "must be an IP address and a port");
        var identity = root.Object("identity", ["ca", "certificate", "key"]);
        var authority = identity?.File("ca", required: true);
        var certificates = authority is not null && Files(identity) is { } own ? new MeshCertificates(authority, own) : null;
        if (root.Has("publicTls") && !root.Has("tls")) root.Fault("publicTls", "needs tls beside it: the mesh's own certificate, for nodes and for whoever asks for no name of the public one");
        var nodes = NodesOf(root, identity is not null, certificates);
        return new(
            listen as IPEndPoint ?? otherwise,
            Files(root.Object("tls", ["certificate", "key"])),
            root.File("tokens"),
            root.Texts("allowedHosts", text => Uri.CheckHostName(text) != UriHostNameType.Unknown, "a host name or address without a port"),
            root.Texts("allowedOrigins", IsOrigin, "an origin such as https://name:port"),
            root.Flag("behindProxy"),
            nodes)
        {
            PublicTls = Files(root.Object("publicTls", ["certificate", "key"])),
            Identity = certificates,
            Enroll = EnrollOf(root, nodes, authority),
            Dashboard = DashboardOf(root),
            Approvals = root.Choice("approvals", ApprovalPolicy.Ask),
            Toolsets = root.Has("toolsets") ? root.Texts("toolsets", MeshTools.ToolsetNames.Contains, $"a toolset: {string.Join(", ", MeshTools.ToolsetNames)}") : null,
        };
    }

    static Dictionary<string, NodeEndpoint> NodesOf(ConfigurationObject root, bool hasIdentity, MeshCertificates? certificates)
    {
        Dictionary<string, NodeEndpoint> nodes = [];
        if (root.Object("nodes") is not { } listed) return nodes;
        if (!hasIdentity && listed.Names.Any()) root.Fault("identity", "is needed to reach the nodes: ca, certificate and key of this server");
        foreach (var name in listed.Names)
        {
            if (!MeshName.IsValid(name)) listed.Fault(name, $"is not a node's name: {MeshName.Form}");
            var node = listed.Object(name, ["address"])!;
            if (node.Address("address") is not null && certificates is not null)
                nodes[name] = new NodeEndpoint.Relay(name, node.Text("address")!, certificates);
        }
        return nodes;
    }

    static EnrollDoor? EnrollOf(ConfigurationObject root, Dictionary<string, NodeEndpoint> nodes, string? authority)
    {
        if (root.Text("enroll") is not { } name) return null;
        if (nodes.TryGetValue(name, out var endpoint)) return new(name, endpoint, authority!);
        root.Fault("enroll", $"'{name}' is none of the nodes: name the one that holds the mesh's authority");
        return null;
    }

    static Uri? DashboardOf(ConfigurationObject root)
    {
        if (root.Text("dashboard") is not { } text) return null;
        if (IsOrigin(text.TrimEnd('/'))) return new(text);
        root.Fault("dashboard", "must be a URL without a path, such as https://mesh.example:9574");
        return null;
    }

    static CertificateFiles? Files(ConfigurationObject? pair)
    {
        var (certificate, key) = (pair?.File("certificate", required: true), pair?.File("key", required: true));
        return certificate is null || key is null ? null : new(certificate, key);
    }

    static bool IsOrigin(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.GetLeftPart(UriPartial.Authority) == text && uri.Scheme is "http" or "https";
}
