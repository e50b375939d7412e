using System.Text.Json;
using MeshMcp.Contracts.Files;
using MeshMcp.HostBridge.Store;

namespace MeshMcp.HostBridge.Systems.Xray;

/// <summary>What was last applied to each container, one file each, out of the container's reach.</summary>
public sealed class XrayRecords
{
    readonly string _folder;

    public XrayRecords(string folder)
    {
        _folder = folder;
        Directory.CreateDirectory(folder, AtomicFile.Secret | UnixFileMode.UserExecute);
    }

    /// <summary>By container id.</summary>
    public IReadOnlyDictionary<string, AppliedXray> All() =>
        Directory.EnumerateFiles(_folder, "*.json").ToList().Select(file => (Container: Path.GetFileNameWithoutExtension(file), Applied: Read(file)))
            .Where(r => r.Applied is not null).ToDictionary(r => r.Container, r => r.Applied!);

    public void Write(string container, AppliedXray applied) =>
        AtomicFile.Write(PathOf(container), JsonSerializer.SerializeToUtf8Bytes(applied, XrayJson.Default.AppliedXray), AtomicFile.Secret);

    public void Delete(string container) => File.Delete(PathOf(container));

    /// <summary>Gives <paramref name="use"/> a file with <paramref name="content"/> that is gone afterwards.</summary>
    public async Task TryAsync(string container, byte[] content, Func<string, Task> use)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_folder, "candidate"), AtomicFile.Secret | UnixFileMode.UserExecute).FullName;
        try
        {
            var file = Path.Combine(folder, $"{container}.json");
            AtomicFile.Write(file, content, AtomicFile.Secret);
            await use(file);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Of another version, or torn: as if nothing had been applied, so it is applied again.</summary>
    static AppliedXray? Read(string file) => CorruptFile.Read(file, XrayJson.Default.AppliedXray);

    string PathOf(string container) => Path.Combine(_folder, container + ".json");
}
