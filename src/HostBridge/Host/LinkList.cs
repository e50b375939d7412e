using System.Text.Json;

namespace MeshMcp.HostBridge.Host;

/// <summary>A network device as <c>ip -j -d address</c> shows it.</summary>
/// <param name="Kind"><c>wireguard</c>, <c>tun</c>, <c>veth</c> …; null for hardware.</param>
/// <param name="Addresses">IPv4 with prefix length.</param>
public sealed record SeenLink(string Name, string? Alias, string? Kind, int Mtu, bool Up, IReadOnlyList<string> Addresses)
{
    /// <summary>IPv6 with prefix length, without those that the kernel gives every device.</summary>
    public IReadOnlyList<string> Ipv6 { get; init; } = [];
}

/// <summary>All network devices with what only the kernel knows of them.</summary>
public sealed class LinkList(ICommandRunner commands)
{
    public async Task<IReadOnlyList<SeenLink>> ReadAsync(CancellationToken ct)
    {
        var answer = await commands.RunAsync(Command.Of("ip", "-j", "-d", "address", "show"), ct);
        using var json = JsonDocument.Parse(answer.Output.Trim() is { Length: > 0 } text ? text : "[]");
        return [.. json.RootElement.EnumerateArray().Where(l => l.TryGetProperty("ifname", out _)).Select(Read)];
    }

    static SeenLink Read(JsonElement link) => new(
        link.GetProperty("ifname").GetString()!,
        link.TryGetProperty("ifalias", out var alias) ? alias.GetString() : null,
        link.TryGetProperty("linkinfo", out var info) && info.TryGetProperty("info_kind", out var kind) ? kind.GetString() : null,
        link.GetProperty("mtu").GetInt32(),
        link.GetProperty("flags").EnumerateArray().Any(f => f.GetString() == "UP"),
        [.. Addresses(link, "inet").Select(Text)])
    {
        Ipv6 = [.. Addresses(link, "inet6").Where(a => a.GetProperty("scope").GetString() != "link").Select(Text)],
    };

    static IEnumerable<JsonElement> Addresses(JsonElement link, string family) =>
        from address in link.TryGetProperty("addr_info", out var all) ? all.EnumerateArray() : default
        where address.TryGetProperty("family", out var given) && given.GetString() == family
        select address;

    static string Text(JsonElement address) => $"{address.GetProperty("local").GetString()}/{address.GetProperty("prefixlen").GetInt32()}";
}
