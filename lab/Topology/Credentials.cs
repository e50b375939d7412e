using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using MeshMcp.Lab.Namespaces;

namespace MeshMcp.Lab.Topology;

/// <summary>What an operator has at hand before the nodes run: certificates, one token, keys and profiles of the providers outside. Written where each program looks for it.</summary>
/// <param name="Token">The operator's bearer token.</param>
/// <param name="WarpProfile">In wgcf's format.</param>
/// <param name="NetmakerCommand">How the Netmaker server is started on the VPS.</param>
/// <param name="UserId">UUID of the one Xray user.</param>
sealed record Credentials(string Token, KeyPair Cloudflare, KeyPair Warp, string WarpProfile, IReadOnlyList<string> NetmakerCommand, string MasterKey, PemPair XrayCertificate, string UserId)
{
    const string ConfigurationFolder = "/etc/meshmcp";

    /// <param name="dashboard">The origin under which browsers of this machine see the API.</param>
    public static async Task<Credentials> MakeAsync(Site site, string dashboard, CancellationToken ct)
    {
        var (cloudflare, warp) = (await KeyPair.MakeAsync(ct), await KeyPair.MakeAsync(ct));
        var masterKey = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        await MeshctlAsync(["pki", "init", site.Certificates, "--name", "mesh"], ct);
        await Task.WhenAll(
        [
            MeshctlAsync(["pki", "issue", site.Certificates, "--role", "server", "--name", "mcp", "--address", Map.PublicAddress, "--address", Map.ServerAddress], ct),
            MeshctlAsync(["pki", "issue", site.Certificates, "--role", "server", "--name", "api", "--address", Map.PublicAddress, "--address", Map.ApiAddress], ct),
            .. Map.Nodes.Select(n => MeshctlAsync(["pki", "issue", site.Certificates, "--role", "node", "--name", n.Name, "--address", n.MeshAddress, "--address", n.Bridge], ct)),
        ]);
        foreach (var node in Map.Nodes) WriteNode(site, node);
        var token = site.Bare ? "" : await WriteServersAsync(site, dashboard, ct);
        var profile = $"""
            [Interface]
            PrivateKey = {warp.Private}
            Address = 172.16.0.2/32, 2606:4700:110:8a36:df92:102a:9602:fa18/128
            DNS = 1.1.1.1, 1.0.0.1, 2606:4700:4700::1111, 2606:4700:4700::1001
            MTU = 1280

            [Peer]
            PublicKey = {cloudflare.Public}
            AllowedIPs = 0.0.0.0/0, ::/0
            Endpoint = engage.cloudflareclient.com:{Map.CloudflarePort}

            """;
        return new(token, cloudflare, warp, profile, Netmaker(site, masterKey), masterKey, PemPair.SelfSigned(Map.PublicName), Guid.NewGuid().ToString());
    }

    static void WriteNode(Site site, Node node)
    {
        var place = site.Place(node.Name);
        Give(site, place, ConfigurationFolder, "node", node.Name, Map.RelayUser);
        if (node.Name == Map.Server) File.Copy($"{site.Certificates}/ca.key", Ground.Source(place, At("ca.key")));
        Write(place, ConfigurationFolder, "hostbridge.json", new HostBridgeFile(node.Name, Map.RelayUser, Map.RelayUser, [new("server/mcp", "admin"), new("server/api", "admin")],
            node.Name == Map.Server ? new(At("ca.crt"), At("ca.key"), $"https://{Map.PublicAddress}:{Map.McpPort}/enroll", site.Bare ? null : [At("mcp/server.crt"), At("api/server.crt")]) : null));
        Write(place, ConfigurationFolder, "relay.json", new RelayFile([$"{node.Bridge}:{Map.RelayPort}", $"{node.MeshAddress}:{Map.RelayPort}"],
            At("ca.crt"), At("node.crt"), At("node.key"), "/run/meshmcp/hostbridge.sock"));
    }

    /// <summary>A container that runs a role of our server sees the host's folder of that role as <c>/etc/meshmcp</c>.</summary>
    static async Task<string> WriteServersAsync(Site site, string dashboard, CancellationToken ct)
    {
        var place = site.Place(Map.Server);
        var tokens = Ground.Source(place, At("mcp/tokens.json"));
        Directory.CreateDirectory(Path.GetDirectoryName(tokens)!);
        var token = await MeshctlAsync(["token", "create", "--file", tokens, "--name", "operator", "--scope", "admin"], ct);
        foreach (var (role, listen) in new[] { ("mcp", $"{Map.ServerAddress}:{Map.McpPort}"), ("api", $"{Map.ApiAddress}:{Map.ApiPort}") })
        {
            string Of(string name) => At($"{role}/{name}");
            Give(site, place, At(role), "server", role, 0);
            if (role != "mcp") File.Copy(tokens, Ground.Source(place, At($"{role}/tokens.json")));
            Write(place, At(role), role == "mcp" ? "server.json" : "api.json", new ServerFile(listen, new(null, Of("server.crt"), Of("server.key")), Of("tokens.json"),
                ["127.0.0.1", Map.PublicAddress], role == "mcp" ? [] : [dashboard], new(Of("ca.crt"), Of("server.crt"), Of("server.key")), Map.Nodes.ToDictionary(n => n.Name, n => new ServerFile.Address(RelayOf(n))), Map.Server, dashboard));
        }
        return token.Trim();
    }

    /// <summary>The node that the server runs on is reached at its bridge's own address, the others through the mesh.</summary>
    static string RelayOf(Node node) => $"{(node.Name == Map.Server ? node.Bridge : node.MeshAddress)}:{Map.RelayPort}";

    /// <summary>Stands in for a public authority: nodes trust the Netmaker server's certificate as they would trust the system's.</summary>
    static IReadOnlyList<string> Netmaker(Site site, string masterKey)
    {
        var pair = PemPair.SelfSigned(Map.PublicName);
        foreach (var node in Map.Nodes) File.WriteAllText(Ground.Source(site.Place(node.Name), "/etc/ssl/certs/netmaker.crt"), pair.Certificate);
        var server = site.Place(Map.Server);
        File.WriteAllText(Ground.Source(server, "/etc/netmaker/tls.crt"), pair.Certificate);
        File.WriteAllText(Ground.Source(server, "/etc/netmaker/tls.key"), pair.Key);
        return [Programs.Locate("meshmcp-netmaker-standin", server), "server", "--certificate", "/etc/netmaker/tls.crt", "--key", "/etc/netmaker/tls.key",
            "--master-key", masterKey, "--http-host", $"{Map.PublicName}:{Map.NetmakerPort}", "--listen", $"0.0.0.0:{Map.NetmakerPort}"];
    }

    /// <summary>Copies the authority's certificate and one certificate with its key, which only <paramref name="user"/> may read.</summary>
    static void Give(Site site, Place place, string folder, string role, string name, uint user)
    {
        Directory.CreateDirectory(Ground.Source(place, folder));
        File.Copy($"{site.Certificates}/ca.crt", Ground.Source(place, $"{folder}/ca.crt"));
        File.Copy($"{site.Certificates}/{name}.{role}.crt", Ground.Source(place, $"{folder}/{role}.crt"));
        var key = Ground.Source(place, $"{folder}/{role}.key");
        File.Copy($"{site.Certificates}/{name}.{role}.key", key);
        Syscalls.ChangeOwner(key, user);
    }

    static void Write<T>(Place place, string folder, string name, T content) =>
        File.WriteAllBytes(Ground.Source(place, $"{folder}/{name}"), JsonSerializer.SerializeToUtf8Bytes(content, ConfigurationContext.Default.Options));

    static string At(string name) => $"{ConfigurationFolder}/{name}";

    static Task<string> MeshctlAsync(IReadOnlyList<string> words, CancellationToken ct) =>
        new Command(null, [Programs.Locate("meshctl"), .. words]).TextAsync(ct: ct);
}

/// <summary>A certificate and its key in PEM.</summary>
sealed record PemPair(string Certificate, string Key)
{
    public static PemPair SelfSigned(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now.AddHours(-1), now.AddYears(1));
        return new(certificate.ExportCertificatePem() + "\n", key.ExportPkcs8PrivateKeyPem() + "\n");
    }
}
