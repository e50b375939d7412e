using System.Text.Json;
using MeshMcp.Lab.Namespaces;

namespace MeshMcp.Lab.Topology;

/// <summary>The lab mesh's certificates and its one token, made as an operator would make them, and the programs' configuration files.</summary>
static class Credentials
{
    const string ConfigurationFolder = "/etc/meshmcp";

    /// <summary>Makes the authority and every certificate, and writes each program's files where it looks for them.</summary>
    /// <returns>The operator's token.</returns>
    public static async Task<string> MakeAsync(Site site, CancellationToken ct)
    {
        await MeshctlAsync(["pki", "init", site.Certificates, "--name", "mesh"], ct);
        await Task.WhenAll(
        [
            MeshctlAsync(["pki", "issue", site.Certificates, "--role", "server", "--name", "mcp", "--address", Map.PublicAddress, "--address", Map.ServerAddress], ct),
            .. Map.Nodes.Select(n => MeshctlAsync(["pki", "issue", site.Certificates, "--role", "node", "--name", n.Name, "--address", n.MeshAddress, "--address", n.Bridge], ct)),
        ]);
        foreach (var node in Map.Nodes) WriteNode(site, node);
        return site.Bare ? "" : await WriteServerAsync(site, ct);
    }

    static void WriteNode(Site site, Node node)
    {
        var place = site.Place(node.Name);
        Give(site, place, "node", node.Name, Map.RelayUser);
        Write(place, "hostbridge.json", new HostBridgeFile(node.Name, Map.RelayUser, Map.RelayUser, [new("server/mcp", "admin")]));
        Write(place, "relay.json", new RelayFile([$"{node.Bridge}:{Map.RelayPort}", $"{node.MeshAddress}:{Map.RelayPort}"],
            At("ca.crt"), At("node.crt"), At("node.key"), "/run/meshmcp/hostbridge.sock"));
    }

    static async Task<string> WriteServerAsync(Site site, CancellationToken ct)
    {
        var place = site.Place(Map.Server);
        Give(site, place, "server", "mcp", Map.ServerUser);
        var tokens = Ground.Source(place, At("tokens.json"));
        var token = await MeshctlAsync(["token", "create", "--file", tokens, "--name", "operator", "--scope", "admin"], ct);
        Syscalls.ChangeOwner(tokens, Map.ServerUser);
        Write(place, "server.json", new ServerFile($"{Map.ServerAddress}:{Map.McpPort}", new(null, At("server.crt"), At("server.key")), At("tokens.json"),
            ["127.0.0.1"], [], new(At("ca.crt"), At("server.crt"), At("server.key")), Map.Nodes.ToDictionary(n => n.Name, n => new ServerFile.Address(RelayOf(n)))));
        return token.Trim();
    }

    /// <summary>The node that the server runs on is reached at its bridge's own address, the others through the tunnel.</summary>
    static string RelayOf(Node node) =>
        $"{(node.Containers.Any(c => c.Name == Map.Server) ? node.Bridge : node.MeshAddress)}:{Map.RelayPort}";

    /// <summary>Copies the authority's certificate and one certificate with its key, which only <paramref name="user"/> may read.</summary>
    static void Give(Site site, Place place, string role, string name, uint user)
    {
        File.Copy($"{site.Certificates}/ca.crt", Ground.Source(place, At("ca.crt")));
        File.Copy($"{site.Certificates}/{name}.{role}.crt", Ground.Source(place, At($"{role}.crt")));
        var key = Ground.Source(place, At($"{role}.key"));
        File.Copy($"{site.Certificates}/{name}.{role}.key", key);
        Syscalls.ChangeOwner(key, user);
    }

    static void Write<T>(Place place, string name, T content) =>
        File.WriteAllBytes(Ground.Source(place, At(name)), JsonSerializer.SerializeToUtf8Bytes(content, ConfigurationContext.Default.Options));

    static string At(string name) => $"{ConfigurationFolder}/{name}";

    static Task<string> MeshctlAsync(IReadOnlyList<string> words, CancellationToken ct) =>
        new Command(null, [Programs.Locate("meshctl"), .. words]).TextAsync(ct: ct);
}
