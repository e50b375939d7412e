using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using MeshMcp.Contracts.Errors;
using MeshMcp.HostBridge.Host;

namespace MeshMcp.HostBridge.Systems.Wireguard;

/// <summary>Reads, makes, configures and removes WireGuard devices by <c>wg</c> and <c>ip</c>: the kernel's where it has them, else those of <c>wireguard-go</c>. Keys go through standard input only.</summary>
public sealed class WireguardDevices(ICommandRunner commands, DetachedProcess daemons, LinkList links)
{
    /// <summary>Both are there, or the kernel has WireGuard itself.</summary>
    public static bool CanMake => KernelModule.HasWireguard || ProgramPath.IsThere("wireguard-go");

    /// <summary>The kernel speaks IPv6.</summary>
    public static bool HasIpv6 => Sysctl.Find("net/ipv6/conf/default/disable_ipv6") is not null;

    public static bool HasTool => ProgramPath.IsThere("wg");

    public Task<IReadOnlyList<SeenLink>> LinksAsync(CancellationToken ct) => links.ReadAsync(ct);

    /// <summary>Null when WireGuard does not answer for the device.</summary>
    public async Task<WgDump?> DumpAsync(string device, CancellationToken ct)
    {
        try
        {
            return WgDump.Parse((await commands.RunAsync(Command.Of("wg", "show", device, "dump"), ct)).Output);
        }
        catch (MeshException e) when (e.Error.Kind == ErrorKind.CommandFailed)
        {
            return null;
        }
    }

    /// <summary>Every WireGuard device of the node, others' too.</summary>
    public async Task<IReadOnlyDictionary<string, WgDump>> DumpAllAsync(CancellationToken ct) =>
        HasTool ? WgDump.ParseAll((await commands.RunAsync(Command.Of("wg", "show", "all", "dump"), ct)).Output) : new Dictionary<string, WgDump>();

    /// <summary>The systemd unit that brings a device of this name up; null when none does.</summary>
    public async Task<string?> UnitOfAsync(string device, CancellationToken ct)
    {
        if (!Directory.Exists("/run/systemd/system")) return null;
        var answer = await commands.RunAsync(Command.Of("systemctl", "show", "--property=Id,LoadState,ActiveState,UnitFileState",
            $"wg-quick@{device}.service", $"wg-quick-{device}.service", $"wireguard-{device}.service"), ct);
        return OwningUnit(answer.Output);
    }

    /// <param name="shown">Blocks of <c>systemctl show</c>. Every instance of a template can be loaded, so there only a running or enabled one counts.</param>
    public static string? OwningUnit(string shown) => shown.Split("\n\n", StringSplitOptions.RemoveEmptyEntries)
        .Select(block => block.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split('=', 2)).Where(p => p.Length == 2).DistinctBy(p => p[0]).ToDictionary(p => p[0], p => p[1]))
        .Where(unit => unit.GetValueOrDefault("LoadState") == "loaded"
            && (unit.GetValueOrDefault("ActiveState") is "active" or "activating" or "reloading" || unit.GetValueOrDefault("UnitFileState") is "enabled" or "enabled-runtime"
                || unit.GetValueOrDefault("Id")?.Contains('@') == false))
        .Select(unit => unit["Id"]).FirstOrDefault();

    /// <summary>UDP ports that somebody uses here.</summary>
    public static IReadOnlySet<int> TakenPorts() => IPGlobalProperties.GetIPGlobalProperties().GetActiveUdpListeners().Select(l => l.Port).ToHashSet();

    /// <summary>Makes the device and everything about it; whatever fails leaves nothing behind.</summary>
    public async Task MakeAsync(DeviceConfig config, SecretKey privateKey, CancellationToken ct)
    {
        try
        {
            await MakeOnceAsync(config, privateKey, ct);
        }
        catch (MeshException e) when (e.Error.Kind == ErrorKind.CommandFailed && !KernelModule.HasWireguard)
        {
            // A wg of anybody that meets the control socket of a wireguard-go that is just starting takes it for dead and deletes it; then wireguard-go ends.
            await MakeOnceAsync(config, privateKey, ct);
        }
    }

    async Task MakeOnceAsync(DeviceConfig config, SecretKey privateKey, CancellationToken ct)
    {
        await CreateAsync(config.Name, ct);
        try
        {
            await Ip(ct, "link", "set", "dev", config.Name, "alias", SeenDevice.Mark);
            await SetAsync("setconf", config, privateKey, null, ct);
            await ShapeAsync(config, new(config.Name, null, null, 0, false, []), ct);
        }
        catch
        {
            await DeleteAsync(config.Name, CancellationToken.None);
            throw;
        }
    }

    /// <summary>Changes only what differs; sessions of peers that stay are kept.</summary>
    public Task ConfigureAsync(DeviceConfig config, SecretKey privateKey, int listenPort, CancellationToken ct) => SetAsync("syncconf", config, privateKey, listenPort, ct);

    /// <summary>Addresses instead of those there are, MTU, and up.</summary>
    public async Task ShapeAsync(DeviceConfig config, SeenLink before, CancellationToken ct)
    {
        foreach (var other in before.Addresses.Where(a => a != config.Address).Concat(before.Ipv6.Where(a => a != config.Ipv6))) await Ip(ct, "address", "delete", other, "dev", config.Name);
        await Ip(ct, "address", "replace", config.Address, "dev", config.Name);
        await Ip(ct, "link", "set", "dev", config.Name, "mtu", config.Mtu.ToString(CultureInfo.InvariantCulture), "up");
        if (config.Ipv6 is not { } ipv6) return;
        // A host may give its devices none; this one is ours. The kernel takes the address away with every down.
        await Sysctl.SetAsync($"net/ipv6/conf/{config.Name}/disable_ipv6", "0", ct);
        await Ip(ct, "address", "replace", ipv6, "dev", config.Name);
    }

    /// <summary>A device that goes by itself meanwhile, because what carried it died, is as good as deleted.</summary>
    public async Task DeleteAsync(string device, CancellationToken ct)
    {
        try
        {
            await Ip(ct, "link", "delete", "dev", device);
        }
        catch (MeshException e) when (e.Error.Kind == ErrorKind.CommandFailed && e.Error.Message.Contains("Cannot find device", StringComparison.Ordinal))
        {
            // Gone.
        }
    }

    public async Task SetEndpointAsync(string device, string publicKey, IPEndPoint endpoint, CancellationToken ct) =>
        await commands.RunAsync(Command.Of("wg", "set", device, "peer", publicKey, "endpoint", endpoint.ToString()), ct);

    async Task CreateAsync(string device, CancellationToken ct)
    {
        try
        {
            await Ip(ct, "link", "add", "dev", device, "type", "wireguard");
        }
        catch (MeshException e) when (e.Error.Kind == ErrorKind.CommandFailed)
        {
            // This kernel has none.
            await daemons.StartAsync($"meshmcp-wireguard-{device}", Command.Of("wireguard-go", device), ct);
        }
    }

    async Task SetAsync(string how, DeviceConfig config, SecretKey privateKey, int? listenPort, CancellationToken ct)
    {
        try
        {
            await commands.RunAsync(Command.Of("wg", how, config.Name, "/dev/stdin") with { Input = config.Text(privateKey, listenPort) }, ct);
        }
        catch (MeshException e)
        {
            var words = config.Secrets.Append(privateKey.Value).Aggregate(e.Error.Message, (text, secret) => text.Replace(secret, "(secret)", StringComparison.Ordinal));
            throw new MeshException(e.Error with { Message = words, Target = config.Name });
        }
    }

    Task<CommandResult> Ip(CancellationToken ct, params string[] words) => commands.RunAsync(Command.Of("ip", words), ct);
}
