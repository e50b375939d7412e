using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using MeshMcp.Contracts.State;
using MeshMcp.TestKit;

namespace MeshMcp.IntegrationTests.Xray;

/// <summary>
/// user – server – exit – web, four namespaces in a row: from the user to the web server there is no way but through both programs, and none of the
/// four can reach past its neighbour.
/// </summary>
sealed class XrayChain : IAsyncDisposable
{
    public const string Server = "202", Exit = "102";
    public const string WebAddress = "203.0.113.80", WebName = "web.example", ExitAddress = "203.0.113.1", InsideAddress = "10.99.0.80", InsideName = "inside.example";
    public const int Big = 30 * 1024 * 1024;
    const string ServerName = "vps.example", Certificate = "xray-certificate", Key = "xray-key", ExitId = "xray-exit-id";
    const int FirstSocks = 1080;
    static readonly TimeSpan Hangs = TimeSpan.FromSeconds(20);

    readonly List<NetworkNamespace> _places = [];
    readonly string _folder = Directory.CreateTempSubdirectory("meshmcp-chain-").FullName;
    NetworkNamespace _user = null!;

    public XrayNode Vps { get; } = new();
    public XrayNode Home { get; } = new();

    public static XraySection ServerSection => new()
    {
        Server = new()
        {
            Container = Server,
            Program = XrayProgram.V2ray,
            Host = "198.51.100.1",
            Vless = new() { Port = 443, Security = XraySecurity.Tls, Certificate = $"secret:{Certificate}", Key = $"secret:{Key}", ServerName = ServerName },
            Vmess = new() { Port = 8443 },
            Exit = "10.9.0.2:10086",
        },
    };

    public static XraySection ExitSection => new() { Exit = new() { Container = Exit, Program = XrayProgram.V2ray } };

    /// <summary>Applies both sections and returns when both programs run.</summary>
    public static async Task<XrayChain> StartAsync()
    {
        var chain = new XrayChain();
        try
        {
            await chain.BuildAsync();
            return chain;
        }
        catch
        {
            await chain.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts a client with one SOCKS port for each link, and returns the ports.</summary>
    public async Task<IReadOnlyList<int>> ConnectAsync(params IEnumerable<string> links)
    {
        JsonNode[] outbounds = [.. links.Select(Outbound)];
        int[] ports = [.. Enumerable.Range(FirstSocks + 10 * Directory.GetFiles(_folder, "client*").Length, outbounds.Length)];
        var file = Path.Combine(_folder, $"client{ports[0]}.json");
        await File.WriteAllTextAsync(file, new JsonObject
        {
            ["log"] = new JsonObject { ["loglevel"] = "warning" },
            ["inbounds"] = new JsonArray([.. ports.Select(p => new JsonObject { ["tag"] = $"in{p}", ["listen"] = "127.0.0.1", ["port"] = p, ["protocol"] = "socks" })]),
            ["outbounds"] = new JsonArray([.. outbounds.Zip(ports, (o, p) => { o["tag"] = $"out{p}"; return o; })]),
            ["routing"] = new JsonObject { ["rules"] = new JsonArray([.. ports.Select(p => new JsonObject { ["type"] = "field", ["inboundTag"] = new JsonArray($"in{p}"), ["outboundTag"] = $"out{p}" })]) },
        }.ToJsonString());
        _user.Start("v2ray", ["-config", file]);
        foreach (var port in ports) await Eventually.True(async () => (await _user.ExecAsync("ss", "-Hltn", $"sport = :{port}")).Contains("LISTEN"), Hangs, "the client listens");
        return ports;
    }

    /// <summary>Whether the server's VLESS port is open.</summary>
    public async Task<bool> ListensAsync() => (await _places[1].ExecAsync("ss", "-Hltn", "sport = :443")).Contains("LISTEN", StringComparison.Ordinal);

    /// <summary>What the web server says; throws when nothing comes.</summary>
    public Task<string> GetAsync(int port, string host, string path = "/cgi-bin/who") => CurlAsync(port, $"http://{host}{path}");

    /// <summary>Loads the big file and returns how many bytes came.</summary>
    public async Task<int> LoadAsync(int port, string host, params string[] more) => int.Parse(await CurlAsync(port, $"http://{host}/big", ["-o", "/dev/null", "-w", "%{size_download}", .. more]));

    public async ValueTask DisposeAsync()
    {
        foreach (var place in _places) await place.DisposeAsync();
        Vps.Dispose();
        Home.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    Task<string> CurlAsync(int port, string url, params string[] more) => _user.ExecAsync("curl", ["-sS", "--fail", "--max-time", "15", "--socks5-hostname", $"127.0.0.1:{port}", .. more, url]);

    async Task BuildAsync()
    {
        for (var i = 0; i < 4; i++) _places.Add(await NetworkNamespace.CreateAsync());
        (_user, var server, var exit, var web) = (_places[0], _places[1], _places[2], _places[3]);
        await CableAsync(_user, "198.51.100.10/24", server, "198.51.100.1/24", "a");
        await CableAsync(server, "10.9.0.1/24", exit, "10.9.0.2/24", "b");
        await CableAsync(exit, $"{ExitAddress}/24", web, $"{WebAddress}/24", "c");
        await web.ExecAsync("ip", "address", "add", $"{InsideAddress}/32", "dev", "lo");
        await exit.ExecAsync("ip", "route", "add", $"{InsideAddress}/32", "via", WebAddress);
        await ServeAsync(web);

        foreach (var node in new[] { Vps, Home }) node.Secrets.Put(ExitId, SecretKind.XrayId, "33333333-3333-4333-8333-333333333333");
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest($"CN={ServerName}", key, HashAlgorithmName.SHA256).CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
        Vps.Secrets.Put(Certificate, SecretKind.TlsCertificate, certificate.ExportCertificatePem());
        Vps.Secrets.Put(Key, SecretKind.TlsKey, key.ExportPkcs8PrivateKeyPem());
        await RunAsync(Vps, Server, server, ServerSection, "");
        await RunAsync(Home, Exit, exit, ExitSection, $"{WebAddress} {WebName}\n{InsideAddress} {InsideName}\n");
    }

    static async Task RunAsync(XrayNode node, string container, NetworkNamespace inside, XraySection section, string hosts)
    {
        node.AddContainer(container, hosts);
        await node.StartAsync(container, inside);
        var end = await node.DeclareAsync(section);
        if (end.Error is { } error) throw new InvalidOperationException(error.Message);
        await Eventually.True(async () => await node.Programs.RunsAsync(container, default) == true && (await inside.ExecAsync("ss", "-Hltn", "sport = :10085")).Contains("LISTEN"), Hangs, $"the program runs in {container}");
    }

    static async Task CableAsync(NetworkNamespace one, string oneAddress, NetworkNamespace other, string otherAddress, string name)
    {
        await one.ExecAsync("ip", "link", "add", $"{name}0", "type", "veth", "peer", "name", $"{name}1", "netns", $"{other.Pid}");
        foreach (var (place, device, address) in new[] { (one, $"{name}0", oneAddress), (other, $"{name}1", otherAddress) })
        {
            await place.ExecAsync("ip", "address", "add", address, "dev", device);
            await place.ExecAsync("ip", "link", "set", device, "up");
        }
    }

    /// <summary>A web server that tells who asks, and has a big file. Answers have a length: every hop passes the end of a connection on only after a second.</summary>
    async Task ServeAsync(NetworkNamespace web)
    {
        Directory.CreateDirectory(Path.Combine(_folder, "web/cgi-bin"));
        await File.WriteAllBytesAsync(Path.Combine(_folder, "web/big"), RandomNumberGenerator.GetBytes(Big));
        var who = Path.Combine(_folder, "web/cgi-bin/who");
        await File.WriteAllTextAsync(who, "#!/bin/sh\nprintf 'Content-Type: text/plain\\r\\nContent-Length: %d\\r\\n\\r\\n%s' ${#REMOTE_ADDR} $REMOTE_ADDR\n");
        File.SetUnixFileMode(who, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        web.Start("busybox", ["httpd", "-f", "-p", "0.0.0.0:80", "-h", Path.Combine(_folder, "web")]);
        await Eventually.True(async () => (await web.ExecAsync("ss", "-Hltn", "sport = :80")).Contains("LISTEN"), Hangs, "the web server listens");
    }

    /// <summary>As a client that imports a link makes it.</summary>
    static JsonObject Outbound(string text)
    {
        if (text.StartsWith("vmess://", StringComparison.Ordinal))
        {
            var told = JsonNode.Parse(Encoding.UTF8.GetString(Convert.FromBase64String(text["vmess://".Length..])))!;
            return Outbound("vmess", (string)told["add"]!, int.Parse((string)told["port"]!), new() { ["id"] = (string)told["id"]!, ["alterId"] = 0, ["security"] = (string)told["scy"]! }, null);
        }
        var link = new Uri(text);
        var query = link.Query.TrimStart('?').Split('&').Select(q => q.Split('=')).ToDictionary(q => q[0], q => Uri.UnescapeDataString(q[1]));
        return Outbound("vless", link.Host, link.Port, new() { ["id"] = link.UserInfo, ["encryption"] = query["encryption"] }, query["security"] == "tls" ? query["sni"] : null);
    }

    static JsonObject Outbound(string protocol, string host, int port, JsonObject user, string? serverName)
    {
        var stream = new JsonObject { ["network"] = "tcp", ["security"] = serverName is null ? "none" : "tls" };
        if (serverName is not null) stream["tlsSettings"] = new JsonObject { ["serverName"] = serverName, ["allowInsecure"] = true };
        return new()
        {
            ["protocol"] = protocol,
            ["settings"] = new JsonObject { ["vnext"] = new JsonArray(new JsonObject { ["address"] = host, ["port"] = port, ["users"] = new JsonArray(user) }) },
            ["streamSettings"] = stream,
        };
    }
}
