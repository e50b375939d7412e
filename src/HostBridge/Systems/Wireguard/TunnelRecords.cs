using System.Text.Json;
using MeshMcp.Contracts.Files;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Store;

namespace MeshMcp.HostBridge.Systems.Wireguard;

/// <summary>What a WireGuard device of ours was made from.</summary>
/// <param name="Item">The section with that device's item alone.</param>
/// <param name="Endpoint">Name or address of the far end that was last set.</param>
public sealed record TunnelRecord(WireguardSection Item, string? Endpoint = null);

/// <summary>Records by device, one file each; without them a rollback could not tell what was there.</summary>
public sealed class TunnelRecords
{
    readonly string _folder;

    public TunnelRecords(string folder)
    {
        _folder = folder;
        Directory.CreateDirectory(folder, AtomicFile.Secret | UnixFileMode.UserExecute);
    }

    /// <summary>Without one that cannot be read, which is set aside.</summary>
    public IReadOnlyDictionary<string, TunnelRecord> All() => Directory.EnumerateFiles(_folder, "*.json").ToList()
        .Select(f => (Device: Path.GetFileNameWithoutExtension(f), Record: CorruptFile.Read(f, WireguardJson.Default.TunnelRecord)))
        .Where(r => r.Record is not null).ToDictionary(r => r.Device, r => r.Record!);

    public void Write(string device, TunnelRecord record) =>
        AtomicFile.Write(PathOf(device), JsonSerializer.SerializeToUtf8Bytes(record, WireguardJson.Default.TunnelRecord), AtomicFile.Secret);

    public void Delete(string device) => File.Delete(PathOf(device));

    /// <summary>Records hold lists, which compare by reference.</summary>
    public static bool Same(TunnelRecord? a, TunnelRecord? b) =>
        a is not null && b is not null && JsonSerializer.SerializeToUtf8Bytes(a, WireguardJson.Default.TunnelRecord).AsSpan().SequenceEqual(JsonSerializer.SerializeToUtf8Bytes(b, WireguardJson.Default.TunnelRecord));

    string PathOf(string device) => Path.Combine(_folder, device + ".json");
}
