using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.State;

namespace MeshMcp.HostBridge.Systems.Xray;

/// <summary>Every fault of an <c>xray</c> section that shows without looking at the host; above all what v2ray would silently ignore.</summary>
static partial class XrayFaults
{
    public const string NameForm = "1 to 48 lower-case letters, digits and dashes, a letter or digit first";
    const string VisionFlow = "xtls-rprx-vision";

    static readonly IPNetwork[] Inside = [IPNetwork.Parse("10.0.0.0/8"), IPNetwork.Parse("172.16.0.0/12"), IPNetwork.Parse("192.168.0.0/16"), IPNetwork.Parse("100.64.0.0/10")];

    public static IEnumerable<Problem> Of(XraySection section)
    {
        foreach (var item in XrayItem.Of(section))
            if (!ContainerId().IsMatch(item.Container)) yield return new($"xray.{item.Role}.container", $"\"{item.Container}\" is no container id: a number from 1 to 59999.");
        if (section is { Server: { } one, Exit: { } other } && one.Container == other.Container)
            yield return new("xray.exit.container", $"Container {other.Container} has the server already; the exit needs one of its own.");
        foreach (var problem in section.Server is { } server ? OfServer(server) : []) yield return problem;
        foreach (var problem in section.Exit is { } exit ? OfExit(exit) : []) yield return problem;
    }

    public static bool IsName(string name) => UserName().IsMatch(name);

    public static (string Address, int Port)? AddressAndPort(string text) =>
        IPEndPoint.TryParse(text, out var end) && end.AddressFamily == AddressFamily.InterNetwork && end.Port > 0 && text == end.ToString() ? (end.Address.ToString(), end.Port) : null;

    static IEnumerable<Problem> OfServer(XrayServer server)
    {
        if (server.Host is { } host && !HostName().IsMatch(host) && !IPAddress.TryParse(host, out _))
            yield return new("xray.server.host", $"\"{host}\" is no host name or address; write a name with other letters as xn--….");
        if (AddressAndPort(server.Exit) is not { } exit) yield return new("xray.server.exit", $"\"{server.Exit}\" is no IPv4 address with a port, such as 10.0.0.102:10086.");
        else if (!Inside.Any(n => n.Contains(IPAddress.Parse(exit.Address))))
            yield return new("xray.server.exit", $"{exit.Address} is a public address, and the hop to the exit has no encryption of its own: give the exit's address in the mesh.");
        if (SecretReference.NameIn(server.ExitId) is null) yield return NoSecret("xray.server.exit_id", server.ExitId);
        if (server is { Vless: null, Vmess: null }) yield return new("xray.server", "The server has no way in: give vless, vmess or both.");
        if (server is { Vless: { } a, Vmess: { } b } && a.Port == b.Port) yield return new("xray.server.vmess.port", $"Port {b.Port} is that of vless already.");
        foreach (var problem in server.Vless is { } vless ? OfInbound(vless, server.Program, "xray.server.vless", vmess: false) : []) yield return problem;
        foreach (var problem in server.Vmess is { } vmess ? OfInbound(vmess, server.Program, "xray.server.vmess", vmess: true) : []) yield return problem;
        var (names, ids) = (new HashSet<string>(), new Dictionary<string, string>());
        for (var i = 0; i < server.Users.Count; i++)
        {
            var (user, path) = (server.Users[i], $"xray.server.users[{i}]");
            if (!IsName(user.Name)) yield return new($"{path}.name", $"\"{user.Name}\" is no user name: {NameForm}.");
            else if (!names.Add(user.Name)) yield return new($"{path}.name", $"{user.Name} is in the list already.");
            else if (SecretReference.NameIn(user.IdReference) is null) yield return NoSecret($"{path}.id", user.IdReference);
            else if (!ids.TryAdd(user.IdReference, user.Name)) yield return new($"{path}.id", $"{user.IdReference} is the id of {ids[user.IdReference]} already.");
        }
    }

    static IEnumerable<Problem> OfInbound(XrayInbound inbound, XrayProgram program, string path, bool vmess)
    {
        if (PortFault(inbound.Port) is { } port) yield return new($"{path}.port", port);
        if (inbound.Security == XraySecurity.Reality)
        {
            if (program == XrayProgram.V2ray) yield return new($"{path}.security", "v2ray does not know REALITY: it would ignore it without a word and serve unencrypted. Use program xray, or security tls.");
            else if (vmess) yield return new($"{path}.security", "REALITY is for VLESS; VMess takes none (it encrypts by itself) or tls.");
            if (inbound.Target is not { } target || !HostAndPort().IsMatch(target)) yield return new($"{path}.target", "REALITY needs target, the site that strangers see, such as www.example.com:443.");
            if (SecretReference.NameIn(inbound.PrivateKey) is null) yield return NoSecret($"{path}.private_key", inbound.PrivateKey);
            if (inbound.PublicKey is not { } key || !PublicKey().IsMatch(key)) yield return new($"{path}.public_key", "REALITY needs public_key, which share links carry: 43 characters, printed by xray x25519.");
        }
        foreach (var id in inbound.ShortIds.Where(id => id.Length > 16 || id.Length % 2 != 0 || !id.All(char.IsAsciiHexDigit)))
            yield return new($"{path}.short_ids", $"\"{id}\" is no short id: an even number of hexadecimal digits, 16 at most.");
        if (inbound.Security == XraySecurity.Tls)
        {
            if (SecretReference.NameIn(inbound.Certificate) is null) yield return NoSecret($"{path}.certificate", inbound.Certificate);
            if (SecretReference.NameIn(inbound.Key) is null) yield return NoSecret($"{path}.key", inbound.Key);
        }
        if (inbound.ServerName is { } name && !HostName().IsMatch(name)) yield return new($"{path}.server_name", $"\"{name}\" is no host name.");
        if (inbound.Flow is null) yield break;
        if (program == XrayProgram.V2ray) yield return new($"{path}.flow", "v2ray does not know this flow and would ignore it without a word. Use program xray, or leave flow out.");
        else if (vmess) yield return new($"{path}.flow", "VMess has no flow; leave it out.");
        else if (inbound.Flow != VisionFlow) yield return new($"{path}.flow", $"\"{inbound.Flow}\" is no flow of Xray's.", Nearest: [VisionFlow]);
        else if (inbound.Security == XraySecurity.None) yield return new($"{path}.flow", "A flow needs security tls or reality.");
    }

    static IEnumerable<Problem> OfExit(XrayExit exit)
    {
        if (PortFault(exit.Port) is { } port) yield return new("xray.exit.port", port);
        if (SecretReference.NameIn(exit.Id) is null) yield return NoSecret("xray.exit.id", exit.Id);
        foreach (var network in exit.AllowedNetworks.Where(n => !n.Contains('/') || !IPNetwork.TryParse(n, out _)))
            yield return new("xray.exit.allowed_networks", $"\"{network}\" is no network, such as 10.0.0.100/32.");
    }

    static string? PortFault(int port) => port switch
    {
        < 1 or > 65535 => $"{port} is no port: 1 to 65535 are.",
        XrayConfiguration.ApiPort => $"Port {port} is where the program answers for its statistics; take another.",
        _ => null,
    };

    static Problem NoSecret(string path, string? given) => new(path, $"{(given is null ? "A secret is missing here" : $"\"{given}\" names no secret")}: secret: and {SecretReference.Form}.");

    [GeneratedRegex(@"\A[1-9][0-9]{0,4}\z")]
    private static partial Regex ContainerId();

    [GeneratedRegex(@"\A[a-z0-9][a-z0-9-]{0,47}\z")]
    private static partial Regex UserName();

    [GeneratedRegex(@"\A[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*\z")]
    private static partial Regex HostName();

    [GeneratedRegex(@"\A[A-Za-z0-9.-]+:[0-9]{1,5}\z")]
    private static partial Regex HostAndPort();

    [GeneratedRegex(@"\A[A-Za-z0-9_-]{43}\z")]
    private static partial Regex PublicKey();
}
