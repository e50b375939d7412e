using System.Text;
using System.Text.RegularExpressions;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Nodes;

namespace MeshMcp.HostBridge.Host.Lxc;

/// <summary>The node's templates, <c>templates/NAME</c>: each a root file system as a folder, or as a tarball.</summary>
public sealed partial class TemplateFolder(string root, ICommandRunner commands, ContainerFolders folders)
{
    const string Busybox = "/bin/busybox", Form = "1 to 63 letters, digits, dots, dashes and underscores, a letter or digit first";
    const string Ways = "meshctl template download NAME (alpine-3.19, ubuntu-22.04), meshctl template add NAME ROOTFS-OR-TARBALL, or meshctl template build busybox NAME.";
    static readonly TimeSpan BuildWithin = TimeSpan.FromMinutes(15);
    static readonly string[] Folders = ["bin", "dev", "etc", "lib", "lib64", "proc", "root", "run", "sbin", "sys", "tmp", "usr/bin", "usr/lib", "usr/sbin", "usr/share", "var/log", "var/tmp"];

    public static bool IsName(string name) => Name().IsMatch(name);

    public IReadOnlyList<string> Names => !Directory.Exists(root) ? [] : [.. Directory.EnumerateFileSystemEntries(root).Select(e => Path.GetFileName(e)!).Where(IsName).Order(StringComparer.Ordinal)];

    public IReadOnlyList<Template> List() => [.. Names.Select(Describe)];

    /// <summary>Null when there is none of that name.</summary>
    public RootfsSource? Find(string? name) => name is null || !IsName(name) ? null
        : Directory.Exists(PathOf(name)) ? new(PathOf(name), false)
        : File.Exists(PathOf(name)) ? new(PathOf(name), true)
        : null;

    /// <param name="source">A folder or a tarball on this node.</param>
    public Task<Template> AddAsync(string name, string source, CancellationToken ct) => MakeAsync(name, async target =>
    {
        if (!Path.IsPathRooted(source) || !Path.Exists(source))
            throw new MeshException(ErrorKind.NotFound, $"There is no folder or file {source} on this node.", "source", "Give the absolute path of a root file system, a folder or a tarball, on the node itself.");
        if (Directory.Exists(source)) await folders.UnpackAsync(new(source, false), target, ct);
        else
        {
            await commands.RunAsync(Command.Of("tar", "-t", "-f", source) with { Timeout = BuildWithin }, ct);
            await commands.RunAsync(Command.Of("cp", "--reflink=auto", "--", source, target) with { Timeout = BuildWithin }, ct);
        }
        if (Directory.Exists(target)) await folders.RequireOwnIdsAsync(target, ct);
        if (Directory.Exists(target) && !RootedFiles.Exists(target, ContainerFolders.Shell))
            throw new MeshException(ErrorKind.InvalidArgument, $"{source} has no /{ContainerFolders.Shell}: it is no root file system in which a container's init could run.", "source", "Give the folder that becomes / of the container.");
    });

    /// <summary>A small one from this host's own busybox; no network is needed.</summary>
    /// <param name="libraries">With this host's C library and what a .NET program needs besides.</param>
    public Task<Template> BuildBusyboxAsync(string name, bool libraries, CancellationToken ct) => MakeAsync(name, async target =>
    {
        if (!File.Exists(Busybox) || Encoding.Latin1.GetString(File.ReadAllBytes(Busybox).AsSpan(0, 4096)).Contains("/ld-", StringComparison.Ordinal))
            throw new MeshException(ErrorKind.Unavailable, $"This node has no static {Busybox}.", "busybox", "On Debian: apt-get install busybox-static");
        foreach (var folder in Folders) Directory.CreateDirectory($"{target}/{folder}");
        File.Copy(Busybox, $"{target}/bin/busybox");
        foreach (var applet in (await commands.RunAsync(Command.Of(Busybox, "--list"), ct)).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            if (applet != "busybox") File.CreateSymbolicLink($"{target}/bin/{applet}", "busybox");
        File.SetUnixFileMode($"{target}/tmp", (UnixFileMode)0b1_111_111_111);
        File.WriteAllText($"{target}/etc/passwd", "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n");
        File.WriteAllText($"{target}/etc/group", "root:x:0:\nnogroup:x:65534:\n");
        File.WriteAllText($"{target}/etc/hosts", "127.0.0.1 localhost\n");
        if (libraries) SharedLibraries.CopyTo(target);
    });

    /// <summary>Debian's smallest, from its packages, with what a .NET program needs.</summary>
    public Task<Template> BuildDebianAsync(string name, CancellationToken ct) => MakeAsync(name, target =>
        commands.RunAsync(Command.Of("mmdebstrap", "--variant=minbase", "--include=ca-certificates,iproute2,libssl3", "bookworm", target) with { Timeout = BuildWithin }, ct));

    /// <inheritdoc cref="ImageServer.DownloadAsync"/>
    public Task<Template> DownloadAsync(string name, string server, string image, CancellationToken ct) => MakeAsync(name, async target =>
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(BuildWithin);
        try
        {
            await ImageServer.At(server).DownloadAsync(image, target, limit.Token);
        }
        catch (OperationCanceledException e) when (!ct.IsCancellationRequested)
        {
            throw new MeshException(ErrorKind.Timeout, $"{image} did not come within {BuildWithin.TotalMinutes:0} minutes.", "image", "Try again, or fetch it yourself and add it: meshctl template add NAME TARBALL.", e);
        }
    });

    public async Task RemoveAsync(string name, CancellationToken ct)
    {
        Require(name);
        await folders.RemoveAsync(PathOf(name), ct);
    }

    /// <exception cref="MeshException">NotFound, naming those there are.</exception>
    public RootfsSource Require(string name) => Find(name)
        ?? throw new MeshException(new MeshError(ErrorKind.NotFound, $"This node has no template {name}.", "template", Hint(), [new("template", "No such template.", Nearest: Nearest.To(name, Names) is { Count: > 0 } near ? near : Names)]));

    /// <summary>What somebody who needs a template can do.</summary>
    public string Hint() => Names is { Count: > 0 } names
        ? $"Templates there are: {string.Join(", ", names)}. Add one with: {Ways}"
        : $"There are none yet. Add one with: {Ways}";

    async Task<Template> MakeAsync(string name, Func<string, Task> make)
    {
        if (!IsName(name)) throw new MeshException(ErrorKind.InvalidArgument, $"\"{name}\" is no name of a template.", "name", Form + ".");
        if (Find(name) is not null) throw new MeshException(ErrorKind.Conflict, $"There is a template {name} already.", "name", $"Remove it first (meshctl template remove {name}), or use another name. Containers made from it stay as they are.");
        Directory.CreateDirectory(root);
        var beside = $"{root}/.{name}-{Guid.NewGuid():N}";
        try
        {
            await make(beside);
            if (Directory.Exists(beside)) Directory.Move(beside, PathOf(name));
            else File.Move(beside, PathOf(name));
        }
        catch
        {
            await folders.RemoveAsync(beside, CancellationToken.None);
            throw;
        }
        return Describe(name);
    }

    Template Describe(string name) => new(name, Directory.Exists(PathOf(name)) ? "folder" : "tarball", Directory.GetLastWriteTimeUtc(PathOf(name)));

    string PathOf(string name) => Path.Combine(root, name);

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._-]{0,62}\z")]
    private static partial Regex Name();
}
