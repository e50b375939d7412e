using System.Diagnostics;
using MeshMcp.NetmakerStandIn.Shapes;

namespace MeshMcp.NetmakerStandIn.Client;

/// <summary>The WireGuard device, its address, peers, routes and firewall, made as the daemon of the real one makes them.</summary>
sealed class Device : IDisposable
{
    static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(20);

    readonly Dictionary<string, string> peers = [];
    Process? driver;
    string? name, firewall;

    public bool IsUp => driver is { HasExited: false };

    /// <summary>Makes the device anew.</summary>
    public async Task CreateAsync(ClientHost host, IEnumerable<Node> nodes, int mtu)
    {
        await RemoveAsync();
        name = host.Interface;
        try
        {
            await Tool.RunAsync("ip", "link", "delete", name);
        }
        catch (InvalidOperationException)
        {
            // There was none.
        }
        // A killed one leaves its socket behind.
        var socket = $"/run/wireguard/{name}.sock";
        File.Delete(socket);
        driver = Tool.Start("wireguard-go", "--foreground", name);
        driver.StandardInput.Close();
        driver.OutputDataReceived += (_, _) => { };
        driver.ErrorDataReceived += (_, line) => Say(line.Data);
        driver.BeginOutputReadLine();
        driver.BeginErrorReadLine();
        while (!File.Exists(socket))
        {
            if (driver.HasExited) throw new InvalidOperationException($"wireguard-go made no device {name}");
            await Task.Delay(Poll);
        }
        await Tool.RunAsync(["wg", "set", name, "private-key", "/dev/stdin", "listen-port", $"{host.ListenPort}"], WgKey.Text(host.PrivateKey));
        foreach (var node in nodes) await Tool.RunAsync("ip", "address", "replace", node.Address.ToString(), "dev", name);
        await Tool.RunAsync("ip", "link", "set", name, "mtu", $"{mtu}", "up");
        await File.WriteAllTextAsync("/proc/sys/net/ipv4/ip_forward", "1");
        Say($"interface {name} is up with MTU {mtu}");
    }

    /// <summary>Peers and routes to their egress ranges. An endpoint is set only when it is new or changed: a peer behind NAT is where it was last heard.</summary>
    public async Task UpdateAsync(IReadOnlyList<PeerConfig> wanted)
    {
        foreach (var gone in peers.Keys.Except(wanted.Select(p => WgKey.Text(p.PublicKey))).ToList())
        {
            await Tool.RunAsync("wg", "set", name!, "peer", gone, "remove");
            peers.Remove(gone);
        }
        foreach (var peer in wanted)
        {
            var key = WgKey.Text(peer.PublicKey);
            var allowed = string.Join(',', peer.AllowedIPs);
            var endpoint = peer.Endpoint is { } e ? $"{e.IP}:{e.Port}" : "";
            var now = $"{endpoint} {allowed} {peer.PersistentKeepaliveInterval}";
            if (peers.TryGetValue(key, out var before) && before == now) continue;
            List<string> words = ["wg", "set", name!, "peer", key, "persistent-keepalive", $"{(peer.PersistentKeepaliveInterval ?? 0) / 1_000_000_000}", "allowed-ips", allowed];
            if (endpoint.Length > 0 && before?.Split(' ')[0] != endpoint) words.AddRange(["endpoint", endpoint]);
            await Tool.RunAsync(words);
            peers[key] = now;
            Say($"peer {key}: {now}");
        }
        await RouteAsync([.. wanted.SelectMany(p => p.AllowedIPs).Where(a => a.Length < 32).Select(a => a.ToString())]);
        await GuardAsync([.. wanted.SelectMany(p => p.AllowedIPs).Select(a => a.ToString())]);
    }

    public async Task RemoveAsync()
    {
        peers.Clear();
        (name, var old, firewall) = (null, driver, null);
        driver = null;
        if (old is null) return;
        try
        {
            old.Kill();
            await old.WaitForExitAsync();
        }
        catch (InvalidOperationException)
        {
            // Already gone.
        }
        old.Dispose();
    }

    public void Dispose() => driver?.Kill();

    /// <summary>Routes of ours are known by the protocol number.</summary>
    async Task RouteAsync(IReadOnlyList<string> ranges)
    {
        var there = (await Tool.RunAsync("ip", "-4", "route", "show", "dev", name!, "proto", "static")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split(' ')[0]).ToList();
        foreach (var range in ranges.Except(there)) await Tool.RunAsync("ip", "route", "replace", range, "dev", name!, "proto", "static");
        foreach (var range in there.Except(ranges)) await Tool.RunAsync("ip", "route", "delete", range, "dev", name!, "proto", "static");
    }

    /// <summary>The chains the real one installs: what arrives on the device and is of no peer's is dropped, also when it is to be forwarded.</summary>
    async Task GuardAsync(IReadOnlyList<string> sources)
    {
        var allowed = sources.Count == 0 ? "" : $"ip saddr {{ {string.Join(", ", sources.Distinct())} }} accept;";
        var rules = $$"""
            table inet filter {
              chain INPUT { type filter hook input priority filter; policy accept; }
              chain FORWARD { type filter hook forward priority filter; policy accept; }
              chain OUTPUT { type filter hook output priority filter; policy accept; }
              chain netmakerfilter { }
              chain NETMAKER-ACL-IN { }
              chain NETMAKER-ACL-FWD { }
              chain NETMAKER-ACL-OUT { }
            }
            flush chain inet filter INPUT
            flush chain inet filter FORWARD
            flush chain inet filter OUTPUT
            flush chain inet filter netmakerfilter
            flush chain inet filter NETMAKER-ACL-IN
            flush chain inet filter NETMAKER-ACL-FWD
            flush chain inet filter NETMAKER-ACL-OUT
            table inet filter {
              chain INPUT { iifname "{{name}}" jump NETMAKER-ACL-IN; }
              chain FORWARD { iifname "{{name}}" jump netmakerfilter; oifname "{{name}}" jump netmakerfilter; }
              chain OUTPUT { oifname "{{name}}" jump NETMAKER-ACL-OUT; }
              chain netmakerfilter { iifname "{{name}}" jump NETMAKER-ACL-FWD; oifname "{{name}}" accept; }
              chain NETMAKER-ACL-IN { ct state established,related accept; {{allowed}} drop; }
              chain NETMAKER-ACL-FWD { ct state established,related accept; {{allowed}} drop; }
              chain NETMAKER-ACL-OUT { ct state established,related accept; accept; }
            }

            """;
        if (rules == firewall) return;
        await Tool.RunAsync(["nft", "-f", "-"], rules);
        firewall = rules;
    }

    static void Say(string? line)
    {
        // Not its advice to use the kernel's module.
        if (line is not null and not ['┌' or '│' or '└', ..]) Console.WriteLine($"[netclient] {line}");
    }
}
