using System.Globalization;
using System.Net;
using System.Net.Sockets;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Network;

namespace MeshMcp.HostBridge.Systems.Wireguard;

/// <summary>
/// A tunnel's profile in wgcf's format, read strictly: keys that run programs or change the host's routes are refused, IPv6 and name servers are left out and said.
/// No message quotes a value, because it may be a key.
/// </summary>
/// <param name="Skipped">What was left out, in words.</param>
public sealed record WarpProfile(SecretKey PrivateKey, string Address, int Mtu, int? ListenPort, PeerConfig Peer, IReadOnlyList<string> Skipped)
{
    /// <summary>Fits what Cloudflare carries, and any uplink.</summary>
    const int UsualMtu = 1280;
    /// <summary>Seconds. Without it nobody would notice that an idle tunnel is dead.</summary>
    const int UsualKeepalive = 25;

    static readonly string[] InterfaceKeys = ["PrivateKey", "Address", "DNS", "MTU", "ListenPort", "Table"];
    static readonly string[] PeerKeys = ["PublicKey", "PresharedKey", "AllowedIPs", "Endpoint", "PersistentKeepalive"];
    static readonly string[] Hooks = ["PreUp", "PostUp", "PreDown", "PostDown"];

    /// <returns>Null with a fault that says which line.</returns>
    public static WarpProfile? Read(string text, out string? fault)
    {
        try
        {
            fault = null;
            return Read(text);
        }
        catch (FormatException e)
        {
            fault = e.Message;
            return null;
        }
    }

    static WarpProfile Read(string text)
    {
        var (device, peer, skipped) = (new Dictionary<string, string>(), new Dictionary<string, string>(), new List<string>());
        Dictionary<string, string>? section = null;
        var (number, peers) = (0, 0);
        foreach (var raw in text.Split('\n'))
        {
            number++;
            var line = raw.Split('#')[0].Trim();
            if (line.Length == 0) continue;
            if (line[0] == '[')
            {
                section = line.ToUpperInvariant() switch { "[INTERFACE]" => device, "[PEER]" => peer, _ => throw Fault(number, "only [Interface] and [Peer] are sections") };
                if (section == peer && ++peers > 1) throw Fault(number, "a second [Peer]; a way out has one");
                continue;
            }
            if (section is null) throw Fault(number, "a key before [Interface]");
            if (line.Split('=', 2, StringSplitOptions.TrimEntries) is not [var key, { Length: > 0 } value]) throw Fault(number, "this is no \"Key = value\"");
            Add(section, section == device ? InterfaceKeys : PeerKeys, key, value, number);
        }
        if (device.ContainsKey("DNS")) skipped.Add("DNS is left out: the host's own name servers stay as they are, and containers have their own.");
        return new(
            new(Key(device, "PrivateKey")),
            Only(Ipv4(device, "Address", skipped), "Address"),
            Number(device, "MTU", 576, 9000) ?? UsualMtu,
            Number(device, "ListenPort", 1, 65535),
            new("the profile's peer", Key(peer, "PublicKey"), peer.ContainsKey("PresharedKey") ? new(Key(peer, "PresharedKey")) : null,
                [.. Ipv4(peer, "AllowedIPs", skipped).Select(Canonical).Distinct()],
                Number(peer, "PersistentKeepalive", 0, 65535) ?? UsualKeepalive, Endpoint(peer)),
            skipped);
    }

    static void Add(Dictionary<string, string> section, string[] known, string key, string value, int line)
    {
        if (Hooks.Contains(key, StringComparer.OrdinalIgnoreCase)) throw Fault(line, $"{key} runs a program; hooks are never run, take the line out");
        if (known.FirstOrDefault(k => k.Equals(key, StringComparison.OrdinalIgnoreCase)) is not { } name)
            throw Fault(line, $"this key is not known here; known are {string.Join(", ", known)}");
        if (name == "Table" && !value.Equals("off", StringComparison.OrdinalIgnoreCase)) throw Fault(line, "Table may only be off: the host's own routes stay as they are");
        // Older profiles give addresses one a line.
        if (name is "Address" or "AllowedIPs" or "DNS" && section.TryGetValue(name, out var before)) value = $"{before}, {value}";
        else if (section.ContainsKey(name)) throw Fault(line, $"{name} a second time");
        section[name] = value;
    }

    static string Key(Dictionary<string, string> section, string name) =>
        section.TryGetValue(name, out var key) ? WireguardKey.IsKey(key) ? key : throw new FormatException($"{name} is no key: {WireguardKey.Form}.") : throw new FormatException($"{name} is missing.");

    static List<string> Ipv4(Dictionary<string, string> section, string name, List<string> skipped)
    {
        if (!section.TryGetValue(name, out var list)) throw new FormatException($"{name} is missing.");
        var found = new List<string>();
        foreach (var item in list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = item.Split('/');
            if (parts.Length > 2 || !IPAddress.TryParse(parts[0], out var address)) throw new FormatException($"{name} has an entry that is no address.");
            var most = address.AddressFamily == AddressFamily.InterNetworkV6 ? 128 : 32;
            var length = most;
            if (parts.Length == 2 && !(int.TryParse(parts[1], CultureInfo.InvariantCulture, out length) && length >= 0 && length <= most)) throw new FormatException($"{name} has an entry whose prefix length is none.");
            if (most == 128) skipped.Add($"{name} {item} is left out: IPv4 only for now.");
            else found.Add($"{address}/{length}");
        }
        return found.Count > 0 ? found : throw new FormatException($"{name} has no IPv4 address.");
    }

    static string Only(List<string> addresses, string name) => addresses is [var only] ? only : throw new FormatException($"{name} has {addresses.Count} IPv4 addresses; one is possible.");

    static string Canonical(string network) => Networks.Of(network).ToString();

    static int? Number(Dictionary<string, string> section, string name, int least, int most) =>
        !section.TryGetValue(name, out var text) ? null
        : name == "PersistentKeepalive" && text.Equals("off", StringComparison.OrdinalIgnoreCase) ? 0
        : int.TryParse(text, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most ? number
        : throw new FormatException($"{name} is no number from {least} to {most}.");

    static string Endpoint(Dictionary<string, string> peer)
    {
        if (!peer.TryGetValue("Endpoint", out var text)) throw new FormatException("Endpoint is missing.");
        return HostPort(text) is null ? throw new FormatException("Endpoint is no name or IPv4 address with a port, such as engage.cloudflareclient.com:2408.") : text;
    }

    /// <summary>Null when the text is no host with a port.</summary>
    public static (string Host, int Port)? HostPort(string text) =>
        text.Split(':') is [var host, var digits] && TextKind.Host.Holds(host) && int.TryParse(digits, CultureInfo.InvariantCulture, out var port) && port is > 0 and < 65536
            ? (host, port) : null;

    static FormatException Fault(int line, string what) => new($"Line {line}: {what}.");

}
