using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Files;
using MeshMcp.Contracts.State;

namespace MeshMcp.HostBridge.Host.Lxc;

/// <summary>The containers' folders under <c>/var/lib/lxc</c>: one each with LXC's configuration, our item beside it, and the root file system, or its image; and the trash.</summary>
public sealed partial class ContainerFolders(ICommandRunner commands, RootfsImage images, TimeProvider time)
{
    public const string Root = "/var/lib/lxc";
    /// <summary>The container's init is a script, so that it runs in every root file system that has this. From its root.</summary>
    public const string Shell = "bin/sh";
    const string Trash = $"{Root}/.meshmcp-trash", Making = $"{Root}/.meshmcp-new", TimeFormat = "yyyyMMdd'T'HHmmss'Z'", IdentityFile = "meshmcp.id";
    const int IdentityDigits = 16;
    const long FullBelow = 1L << 20;
    const UnixFileMode Closed = AtomicFile.Secret | UnixFileMode.UserExecute;
    static readonly Lock Identifying = new();
    static readonly TimeSpan CopyWithin = TimeSpan.FromMinutes(10);

    /// <summary>Why no image can be so large; null where one can. Its own tables would fill what such a limit is to save.</summary>
    public static string? FaultOf(ByteSize disk) =>
        Directory.Exists(Root) && new DriveInfo(Root).TotalSize is var room && disk.Bytes > room ? $"A disk limit of {disk} holds nothing: the file system of {Root} has {new ByteSize(room)} in all. Give a smaller one." : null;

    /// <summary>Whoever knows what is in it gets there, and nobody can list it.</summary>
    public const UnixFileMode Passable = AtomicFile.Secret | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    public static string RootfsOf(string id) => $"{Root}/{id}/rootfs";

    public static string MountsOf(string id) => $"{Root}/{id}/mounts";

    public static string LogOf(string id) => $"{Root}/{id}/lxc.log";

    /// <summary>Of us and of others.</summary>
    public static IReadOnlyList<ContainerFolder> List() => !Directory.Exists(Root) ? [] :
    [
        .. from folder in Directory.EnumerateDirectories(Root).Order(StringComparer.Ordinal)
           where Path.GetFileName(folder)[0] != '.'
           let config = Read($"{folder}/config")
           let item = Read($"{folder}/meshmcp.json")
           where config is not null || item is not null
           select new ContainerFolder(Path.GetFileName(folder), config ?? "", item) { Identity = Read($"{folder}/{IdentityFile}"), Disk = RootfsImage.SizeIn(folder) },
    ];

    /// <summary>Newest first.</summary>
    public static IReadOnlyList<TrashedFolder> Trashed() => !Directory.Exists(Trash) ? [] :
    [
        .. from folder in Directory.EnumerateDirectories(Trash)
           let parts = Path.GetFileName(folder).Split('-', 2)
           // What somebody else put there is nothing of ours.
           where parts.Length == 2
           let at = TimeIn(parts[1])
           where at is not null
           orderby at descending, parts[1] descending
           select new TrashedFolder(parts[0], folder, at.Value, Read($"{folder}/meshmcp.json"), Read($"{folder}/{IdentityFile}")),
    ];

    /// <summary>Makes the folder from a template: whole, or not at all.</summary>
    public async Task CreateAsync(Rendering rendering, RootfsSource source, CancellationToken ct)
    {
        var folder = $"{Making}/{rendering.Id}";
        await RemoveAsync(folder, ct);
        Make(Making);
        Directory.CreateDirectory(folder, Closed);
        try
        {
            if (rendering.Disk is { } size) await images.MakeAsync(folder, size, ct);
            using (await images.MountAsync(folder, null, ct))
            {
                await FillAsync(rendering, source, $"{folder}/rootfs", ct);
                await RequireOwnIdsAsync($"{folder}/rootfs", ct);
                if (!RootedFiles.Exists($"{folder}/rootfs", Shell))
                    throw new MeshException(ErrorKind.NotSupported, $"The root file system has no /{Shell}, which the container's init needs.", rendering.Id, "Use a template with a shell, such as one of: meshctl template build busybox NAME.");
            }
            Write(folder, rendering);
            Move(folder, $"{Root}/{rendering.Id}", rendering.Id);
        }
        catch
        {
            await RemoveAsync(folder, CancellationToken.None);
            throw;
        }
    }

    async Task FillAsync(Rendering rendering, RootfsSource source, string rootfs, CancellationToken ct)
    {
        try
        {
            await UnpackAsync(source, rootfs, ct);
        }
        catch (MeshException e) when (e.Error.Kind == ErrorKind.CommandFailed && rendering.Disk is not null && new DriveInfo(rootfs).AvailableFreeSpace < FullBelow)
        {
            throw new MeshException(ErrorKind.InvalidArgument, $"What container {rendering.Id} is made from does not fit into its disk limit of {new ByteSize(rendering.Disk!.Value)}.", $"lxc.containers.{rendering.Id}.properties.limits.disk", "Give it more, or a smaller template; nothing of it was kept.", e);
        }
    }

    /// <summary>Copies or unpacks a root file system into <paramref name="target"/>, an empty folder that is made where it is not there.</summary>
    public async Task UnpackAsync(RootfsSource source, string target, CancellationToken ct)
    {
        Directory.CreateDirectory(target);
        await commands.RunAsync((source.IsTarball ? Command.Of("tar", "-x", "-p", "--numeric-owner", "-f", source.Path, "-C", target) : Command.Of("cp", "-a", "--reflink=auto", "--", $"{source.Path}/.", target)) with { Timeout = CopyWithin }, ct);
    }

    /// <summary>While this is held the container's root file system is at <see cref="RootfsOf"/>, and as large as its limit says; null where it is there always.</summary>
    public Task<IDisposable?> MountAsync(Rendering rendering, CancellationToken ct) => images.MountAsync($"{Root}/{rendering.Id}", rendering.Disk, ct);

    /// <summary>Takes away what an agent that was ended in the middle of a step left: mounts of starting containers, and what it was making.</summary>
    public async Task TidyAsync(CancellationToken ct)
    {
        foreach (var id in List().Where(f => f.Item is not null).Select(f => f.Id))
        {
            RootfsImage.Unmount($"{Root}/{id}");
            foreach (var staged in MountTable.Below(MountsOf(id))) HeldPath.Unmount(staged);
        }
        if (!Directory.Exists(Making)) return;
        foreach (var left in Directory.EnumerateDirectories(Making)) await RemoveAsync(left, ct);
    }

    public static void Write(Rendering rendering) => Write($"{Root}/{rendering.Id}", rendering);

    /// <summary>Written before each start, while the container stands.</summary>
    public static void WriteFiles(Rendering rendering)
    {
        foreach (var file in rendering.Files) RootedFiles.Write(RootfsOf(rendering.Id), file.Path, file.Content, file.Mode);
    }

    /// <summary>Puts the folder of a stopped container into the trash.</summary>
    public void Discard(string id)
    {
        Make(Trash);
        RootfsImage.Unmount($"{Root}/{id}");
        var target = $"{Trash}/{id}-{time.GetUtcNow().UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture)}";
        for (var again = 1; Directory.Exists(target); again++) target = $"{target[..(Trash.Length + 1 + id.Length + 17)]}.{again}";
        Move($"{Root}/{id}", target, id);
    }

    public static void Restore(TrashedFolder trashed) => Move(trashed.Folder, $"{Root}/{trashed.Id}", trashed.Id);

    /// <summary>For good.</summary>
    public Task PurgeAsync(TrashedFolder trashed, CancellationToken ct) => RemoveAsync(trashed.Folder, ct);

    /// <summary>Removes a folder with all that is in it; nothing to do is fine.</summary>
    public async Task RemoveAsync(string folder, CancellationToken ct)
    {
        RootfsImage.Unmount(folder);
        await commands.RunAsync(Command.Of("rm", "-rf", "--one-file-system", "--", folder) with { Timeout = CopyWithin }, ct);
    }

    /// <summary>The last words of LXC about a container.</summary>
    public static string LastWords(string id) =>
        Read(LogOf(id)) is not { } log ? "" : string.Join("; ", log.Split('\n').Where(l => l.Contains(" ERROR ", StringComparison.Ordinal) && !l.Contains("get_config_unsupported_key", StringComparison.Ordinal)).Take(3).Select(l => l[(l.IndexOf(" - ", StringComparison.Ordinal) + 3)..].Trim()));

    /// <summary>Files of ids that a container has not would be nobody's in it.</summary>
    /// <exception cref="MeshException">InvalidArgument, naming the first one.</exception>
    public async Task RequireOwnIdsAsync(string rootfs, CancellationToken ct)
    {
        var last = $"+{Rendering.Ids - 1}";
        var found = (await commands.RunAsync(Command.Of("find", rootfs, "-xdev", "(", "-uid", last, "-o", "-gid", last, ")", "-printf", "%P of %U:%G", "-quit") with { Timeout = CopyWithin }, ct)).Output;
        if (found.Length > 0)
            throw new MeshException(ErrorKind.InvalidArgument, $"The root file system belongs to ids that a container has not: /{found}; 0 to {Rendering.Ids - 1} are possible.", "template",
                "It was taken from a container whose ids were shifted on disk. Make a tarball of it as root of that container, with the ids it sees itself, and add that.");
    }

    static void Write(string folder, Rendering rendering)
    {
        // The container's root owns set-user-id programs as the host's root would: of the host's users only it gets at them, by its group.
        var mode = rendering.FirstId is null ? Closed : Closed | UnixFileMode.GroupExecute;
        if (ChangeOwner(folder, 0, rendering.FirstId ?? 0) < 0) throw new IOException($"Cannot give {folder} to group {rendering.FirstId}: {Marshal.GetLastPInvokeErrorMessage()}");
        File.SetUnixFileMode(folder, mode);
        IdentityIn(folder);
        AtomicFile.Write($"{folder}/meshmcp.json", Encoding.UTF8.GetBytes(rendering.Item), AtomicFile.Secret);
        AtomicFile.Write($"{folder}/config", Encoding.UTF8.GetBytes(rendering.Config), AtomicFile.Public);
    }

    /// <summary>The identity of a folder of ours, given now where it has none: those of 0.1.0 had none.</summary>
    /// <returns>Null where it cannot be written, or the folder has just gone.</returns>
    public static string? Identify(string id, string root = Root)
    {
        try
        {
            return IdentityIn($"{root}/{id}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    static string IdentityIn(string folder)
    {
        lock (Identifying)
        {
            if (Read($"{folder}/{IdentityFile}") is { } there) return there;
            var identity = RandomNumberGenerator.GetHexString(IdentityDigits, lowercase: true);
            AtomicFile.Write($"{folder}/{IdentityFile}", Encoding.ASCII.GetBytes(identity), AtomicFile.Secret);
            return identity;
        }
    }

    static DateTimeOffset? TimeIn(string suffix) =>
        suffix.Length >= 16 && DateTimeOffset.TryParseExact(suffix[..16], TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) ? at : null;

    static void Make(string folder) => Directory.CreateDirectory(folder, Passable);

    static void Move(string from, string to, string id)
    {
        if (Directory.Exists(to)) throw new MeshException(ErrorKind.Conflict, $"{to} is in the way.", id, "It belongs to nothing that MeshMcp knows: look at it and move it away.");
        Directory.Move(from, to);
    }

    [LibraryImport("libc", EntryPoint = "chown", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ChangeOwner(string path, uint user, uint group);

    static string? Read(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }
}

/// <param name="Config">Empty when it is missing.</param>
/// <param name="Item">Our item as JSON; null in a folder that we did not make.</param>
public sealed record ContainerFolder(string Id, string Config, string? Item)
{
    /// <summary>Of this very container; null where it has none yet.</summary>
    public string? Identity { get; init; }

    /// <summary>Of its root file system; null where that is in no image.</summary>
    public DiskSize? Disk { get; init; }
}

/// <param name="Folder">Where it lies.</param>
/// <param name="At">When it was put there.</param>
/// <param name="OwnIdentity">Of this very container; null where it has none.</param>
public sealed record TrashedFolder(string Id, string Folder, DateTimeOffset At, string? Item, string? OwnIdentity = null)
{
    /// <summary>Its own, or that of its folder in the trash.</summary>
    public string Identity => OwnIdentity ?? Path.GetFileName(Folder);
}

/// <summary>Where a root file system comes from: a folder, or a tarball.</summary>
public sealed record RootfsSource(string Path, bool IsTarball);
