using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using MeshMcp.Contracts.Files;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Host.Lxc;
using MeshMcp.HostBridge.Network;

namespace MeshMcp.HostBridge.Systems.Lxc;

/// <summary>What a container's configuration depends on besides its item.</summary>
/// <param name="Gateway">Address of the bridge's own port with its prefix length; null while it has none.</param>
/// <param name="MarkOf">Value of the variable that marks the container's init, from id and revision.</param>
/// <param name="FilesAmongMounts">Sources of mounts that are files; the others are folders.</param>
/// <param name="Confinement">Lines of LXC's configuration for what the kernel can confine containers with.</param>
/// <param name="Limits">Of containers that say none.</param>
public sealed record RenderingPlace(string? Gateway, Func<string, string, string> MarkOf, Cgroups Cgroups, IReadOnlySet<string> FilesAmongMounts, IReadOnlyList<string> Confinement, ContainerLimits Limits);

/// <summary>From an item to the files that LXC and the container's init read. Pure.</summary>
public static class ContainerRendering
{
    /// <summary>Of tunnels, which the containers' packets must fit into.</summary>
    public const int Mtu = 1420;

    const string Mark = "lxc.group = meshmcp";
    const UnixFileMode Program = AtomicFile.Public | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    public static bool IsOurs(ContainerFolder folder) => folder.Item is not null || IsMarked(folder.Config);

    public static bool IsMarked(string config) => config.Split('\n').Contains(Mark);

    /// <summary>The item as it is kept: whether it runs is seen, not remembered.</summary>
    public static string ItemOf(Container container) => JsonSerializer.Serialize(container with { Running = true }, MeshJson.Default.Container);

    /// <param name="contents">Of the item's files that come from secrets, by their reference.</param>
    public static Rendering Of(Container container, RenderingPlace place, IReadOnlyDictionary<string, string> contents)
    {
        var full = OwnServer.Complete(container);
        var p = full.Properties;
        RenderedFile[] files =
        [
            new(InitScript.Path, Encoding.UTF8.GetBytes(InitScript.Of(p.Services)), Program),
            .. p.Dns.Count == 0 ? [] : new[] { new RenderedFile("/etc/resolv.conf", Encoding.UTF8.GetBytes(string.Concat(p.Dns.Select(d => $"nameserver {d}\n"))), AtomicFile.Public) },
            .. p.Files.Select(f => new RenderedFile(f.Path, Encoding.UTF8.GetBytes(f.Content ?? contents[f.Secret!]), ModeOf(f))),
        ];
        RenderedMount[] mounts = [.. p.Mounts.Select((m, i) => new RenderedMount(m.Source, $"{ContainerFolders.MountsOf(container.Id)}/{i}", IsOwn: i >= container.Properties.Mounts.Count) { IsMade = m.Source == OwnServer.PublicCertificate })];
        var lines = Lines(full, mounts, place).ToList();
        if (OwnServer.IsIn(container)) lines.Add($"lxc.environment = {OwnServer.Environment}");
        var revision = RevisionOf(lines, files);
        lines.Add($"lxc.environment = {ContainerProcesses.Variable}={place.MarkOf(container.Id, revision)}");
        return new(container.Id, container.Veth, ItemOf(container), string.Concat(lines.Select(l => l + "\n")), files, mounts, ContainerIds.FirstOf(container), place.Limits.With(p.Limits).Disk?.Bytes, revision);
    }

    static IEnumerable<string> Lines(Container container, RenderedMount[] mounts, RenderingPlace place)
    {
        var p = container.Properties;
        yield return "# Written by MeshMcp; what is changed here is put back.";
        yield return Mark;
        yield return "lxc.start.auto = 0";
        yield return $"lxc.uts.name = {p.Name ?? $"ct{container.Id}"}";
        yield return $"lxc.rootfs.path = dir:{ContainerFolders.RootfsOf(container.Id)}";
        yield return $"lxc.init.cmd = /{ContainerFolders.Shell} {InitScript.Path}";
        yield return "lxc.signal.halt = SIGTERM";
        yield return "lxc.autodev = 1";
        yield return "lxc.pty.max = 64";
        yield return "lxc.tty.max = 0";
        yield return "lxc.mount.auto = proc:mixed sys:ro";
        yield return "lxc.cap.drop = audit_control audit_read block_suspend mac_admin mac_override mknod sys_boot sys_module sys_rawio sys_time syslog wake_alarm";
        foreach (var line in place.Confinement) yield return line;
        yield return "lxc.net.0.type = veth";
        yield return $"lxc.net.0.veth.pair = {container.Veth}";
        yield return "lxc.net.0.name = eth0";
        yield return "lxc.net.0.flags = up";
        yield return $"lxc.net.0.mtu = {Mtu}";
        yield return $"lxc.net.0.hwaddr = {HardwareAddress.Of(container)}";
        if (p.Ipv4Address is { } address)
        {
            yield return $"lxc.net.0.ipv4.address = {address}";
            if (place.Gateway is { } gateway && Networks.Of(gateway).Contains(Networks.AddressOf(address))) yield return $"lxc.net.0.ipv4.gateway = {Networks.AddressOf(gateway)}";
        }
        var first = ContainerIds.FirstOf(container);
        for (var i = 0; i < mounts.Length; i++)
        {
            var mount = p.Mounts[i];
            yield return $"# {mount.Source}";
            yield return $"lxc.mount.entry = {mounts[i].Staged} {mount.Target.TrimStart('/')} none {(mounts[i].IsOwn ? "rbind" : "bind")},{(mount.ReadOnly ? "ro" : "rw")},nodev,nosuid,create={(place.FilesAmongMounts.Contains(mount.Source) ? "file" : "dir")}{(first is null ? "" : ",idmap=container")} 0 0";
        }
        foreach (var line in place.Cgroups.LinesOf(place.Limits.With(p.Limits))) yield return line;
        // Devices of a template are nothing in a container. The files keep their owners on disk; the mapping is the mount's.
        yield return $"lxc.rootfs.options = nodev{(first is null ? "" : ",idmap=container")}";
        if (first is null) yield break;
        yield return $"lxc.idmap = u 0 {first} {Rendering.Ids}";
        yield return $"lxc.idmap = g 0 {first} {Rendering.Ids}";
    }

    static UnixFileMode ModeOf(ContainerFile file) => file.Mode is { } mode ? (UnixFileMode)Convert.ToInt32(mode, 8) : file.Secret is null ? AtomicFile.Public : AtomicFile.Secret;

    static string RevisionOf(IEnumerable<string> lines, IEnumerable<RenderedFile> files)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var line in lines) Add(Encoding.UTF8.GetBytes(line));
        foreach (var file in files)
        {
            Add(Encoding.UTF8.GetBytes($"{file.Path} {file.Mode}"));
            Add(file.Content);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..12];

        void Add(byte[] part)
        {
            hash.AppendData(BitConverter.GetBytes(IPAddress.HostToNetworkOrder(part.Length)));
            hash.AppendData(part);
        }
    }
}
