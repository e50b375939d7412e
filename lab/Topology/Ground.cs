using MeshMcp.Lab.Namespaces;

namespace MeshMcp.Lab.Topology;

/// <summary>Lays the ground the daemons stand on: namespaces, private folders, cables, addresses, routes, address translation.</summary>
static class Ground
{
    /// <summary>Folders that are each node's and container's own. <c>/run</c> is too, as a whole.</summary>
    public static readonly IReadOnlyList<string> PrivateFolders =
        ["/etc/meshmcp", "/etc/netclient", "/etc/netmaker", "/etc/ssl/certs", "/etc/wireguard", "/usr/lib/meshmcp", "/var/lib/lxc", "/var/lib/meshmcp", "/var/lib/openvswitch", "/var/log/openvswitch"];

    static readonly string[] RunFolders = ["openvswitch", "wireguard", "meshmcp", "lock"];

    public static async Task LayAsync(Site site, CancellationToken ct)
    {
        ShareNetworks();
        foreach (var place in site.Places) Make(place);
        await WireAsync(site, ct);
        await TranslateAsync(site.Place("home"),
            "post { type nat hook postrouting priority srcnat; oifname \"wan\" masquerade; }; "
            + $"chain pre {{ type nat hook prerouting priority dstnat; iifname \"wan\" udp dport {Map.VpnPort} dnat to {Map.FarAddress}; }}", ct);
        await TranslateAsync(site.Place("cloudflare"), "post { type nat hook postrouting priority srcnat; oifname \"eth0\" masquerade; }", ct);
    }

    /// <summary>One more place, on a cable of its own.</summary>
    public static async Task AddAsync(Site site, Place place, Cable cable, string gateway, CancellationToken ct)
    {
        Make(place);
        await BatchAsync(place, [Device(site, cable), "link set lo up", .. Address(cable.Device, cable.Address)], ct);
        await BatchAsync(site.Place(cable.FarPlace), Address(cable.FarDevice, cable.FarAddress), ct);
        await BatchAsync(place, [$"route add default via {gateway}"], ct);
    }

    /// <summary>At once, where the end of a namespace would take its devices away some time later.</summary>
    public static Task CutAsync(Site site, Cable cable, CancellationToken ct) => BatchAsync(site.Place(cable.FarPlace), [$"link del {cable.FarDevice}"], ct);

    /// <summary>The folder on the machine that a node or container sees as <paramref name="path"/>.</summary>
    public static string Source(Place place, string path) =>
        path == "/run" || path.StartsWith("/run/", StringComparison.Ordinal)
            ? place.Folder + path
            : PrivateFolders.Where(f => path == f || path.StartsWith(f + "/", StringComparison.Ordinal))
                .Select(f => $"{place.Folder}/{f.Trim('/').Replace('/', '-')}{path[f.Length..]}").First();

    /// <summary>As <c>ip netns</c> does before its first namespace: done later, it would hide ours below a mount of its own.</summary>
    static void ShareNetworks()
    {
        Directory.CreateDirectory(Site.Networks);
        if (MountTable.Read().All(m => m.Path != Site.Networks)) Syscalls.Mount(Site.Networks, Site.Networks, null, Syscalls.Bind | Syscalls.Recursive);
        Syscalls.Mount("none", Site.Networks, null, Syscalls.Shared);
    }

    static void Make(Place place)
    {
        place.Create(() =>
        {
            Set("net/ipv6/conf/all/disable_ipv6", 1);
            Set("net/ipv6/conf/default/disable_ipv6", 1);
            Set("net/ipv4/ip_forward", 1);
            Set("net/ipv4/conf/all/rp_filter", 0);
            Set("net/ipv4/conf/default/rp_filter", 2);
            if (place.Folder is not null) Enclose(place);
        });
    }

    static void Set(string key, int value) => File.WriteAllText($"/proc/sys/{key}", $"{value}");

    static void Enclose(Place place)
    {
        foreach (var folder in PrivateFolders)
        {
            Directory.CreateDirectory(Source(place, folder));
            Directory.CreateDirectory(folder);
            Syscalls.Mount(Source(place, folder), folder, null, Syscalls.Bind);
        }
        foreach (var folder in RunFolders) Directory.CreateDirectory($"{place.Folder}/run/{folder}");
        var names = $"{place.Folder}/resolv.conf";
        File.WriteAllText(names, $"nameserver {Map.NameServer}\n");
        Syscalls.Mount(names, "/etc/resolv.conf", null, Syscalls.Bind);
        BindProgram(Programs.Build, place.Folder + Programs.BoundBuild);
        if (Programs.Native is { } native) BindProgram(native, place.Folder + Programs.BoundNative);
        BindProgram(Programs.Framework, place.Folder + Programs.BoundFramework);
        // Where the product is installed; containers that run a role of our server see it there.
        BindProgram(Programs.FolderOf("meshmcp-server"), "/usr/lib/meshmcp/server");
        BindProgram(Programs.Framework, "/usr/lib/meshmcp/dotnet");
        // What is mounted below the machine's /run (this lab's and other labs' namespaces) must not be kept alive from in here.
        Syscalls.Mount($"{place.Folder}/run", "/tmp", null, Syscalls.Bind | Syscalls.Recursive);
        MountTable.UnmountBelow("/run");
        Syscalls.Mount("/tmp", "/run", null, Syscalls.Move);
        // The namespace's own devices, and the machine's control groups, which a fresh /sys lacks and LXC needs.
        Syscalls.Mount("/sys/fs/cgroup", "/mnt", null, Syscalls.Bind | Syscalls.Recursive);
        Syscalls.Mount("sysfs", "/sys", "sysfs", Syscalls.NoSuid | Syscalls.NoDev);
        Syscalls.Mount("/mnt", "/sys/fs/cgroup", null, Syscalls.Move);
    }

    static void BindProgram(string source, string target)
    {
        Directory.CreateDirectory(target);
        Syscalls.Mount(source, target, null, Syscalls.Bind);
    }

    /// <summary>A device is made in one place with its far end in another, so all are made before any is given its address.</summary>
    static async Task WireAsync(Site site, CancellationToken ct)
    {
        foreach (var place in site.Places) await BatchAsync(place, Devices(site, place.Name), ct);
        await Task.WhenAll(site.Places.Select(p => BatchAsync(p, Addresses(p.Name), ct)));
    }

    static IEnumerable<string> Devices(Site site, string place) =>
    [
        .. Map.Cables.Where(c => c.Place == place).Select(c => Device(site, c)),
    ];

    static string Device(Site site, Cable cable) => $"link add {cable.Device} type veth peer name {cable.FarDevice} netns {site.Prefix}-{cable.FarPlace}";

    static IEnumerable<string> Addresses(string place) =>
    [
        "link set lo up",
        .. Map.Cables.Where(c => c.Place == place).SelectMany(c => Address(c.Device, c.Address)),
        .. Map.Cables.Where(c => c.FarPlace == place).SelectMany(c => Address(c.FarDevice, c.FarAddress)),
        .. place == "internet" ? [$"addr add {Map.WebAddress}/32 dev lo", $"addr add {Map.NameServer}/32 dev lo"] : Array.Empty<string>(),
        .. Map.Gateways.Where(g => g.Place == place).Select(g => $"route add default via {g.Gateway}"),
    ];

    static string[] Address(string device, string address) => [$"addr add {address} dev {device}", $"link set {device} up"];

    /// <summary>Only the network is entered: <c>ip</c> finds the other places' namespaces on the machine.</summary>
    static async Task BatchAsync(Place place, IEnumerable<string> lines, CancellationToken ct)
    {
        var batch = string.Join('\n', lines);
        if (batch.Length > 0) await new Command(place with { Folder = null }, ["ip", "-batch", "-"]).TextAsync(batch + "\n", ct);
    }

    static async Task TranslateAsync(Place place, string chain, CancellationToken ct) =>
        await new Command(place, ["nft", "-f", "-"]).TextAsync($"table ip lab {{ chain {chain}; }}", ct);
}
