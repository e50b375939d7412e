namespace MeshMcp.HostBridge.Host.Lxc;

/// <summary>
/// What a container mounts of the host, held open and mounted beside its root file system while it starts: LXC mounts it from there, so that
/// nobody who can write on the way to a source leads it elsewhere in between.
/// </summary>
sealed class StagedMounts : IDisposable
{
    readonly List<string> _staged = [];

    /// <exception cref="IOException">A source is not there, has a link on its way, or is no folder and no file.</exception>
    public StagedMounts(Rendering rendering)
    {
        try
        {
            foreach (var mount in rendering.Mounts)
            {
                if (mount is { IsOwn: true, IsMade: true }) Directory.CreateDirectory(mount.Source);
                using var source = HeldPath.Open(mount.Source, links: mount.IsOwn);
                Directory.CreateDirectory(Path.GetDirectoryName(mount.Staged)!, ContainerFolders.Passable);
                if (source.IsFolder) Directory.CreateDirectory(mount.Staged);
                else File.Create(mount.Staged).Dispose();
                source.MountOn(mount.Staged, whole: mount.IsOwn);
                _staged.Add(mount.Staged);
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        foreach (var staged in _staged)
        {
            HeldPath.Unmount(staged);
            if (Directory.Exists(staged)) Directory.Delete(staged);
            else File.Delete(staged);
        }
        _staged.Clear();
    }
}

/// <summary>Of the host inside a container.</summary>
/// <param name="Staged">Where it is while the container starts.</param>
/// <param name="IsOwn">The agent's own choice, also behind links, and with what is mounted below it, all of it read-only.</param>
public sealed record RenderedMount(string Source, string Staged, bool IsOwn)
{
    /// <summary>A folder of the agent's own that is made, empty, where it is not there.</summary>
    public bool IsMade { get; init; }
}
