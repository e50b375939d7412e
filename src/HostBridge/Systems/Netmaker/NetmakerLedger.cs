using System.Text.Json;
using MeshMcp.Contracts.Files;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Store;

namespace MeshMcp.HostBridge.Systems.Netmaker;

/// <summary>What we joined with: the mark that a membership is ours, and all that is needed to make it again.</summary>
sealed class NetmakerLedger(string folder)
{
    readonly string _file = Path.Combine(folder, "netmaker.json");

    /// <summary>Written whole or not at all; one of a later version is not ours to use.</summary>
    public NetmakerSection? Read() => CorruptFile.Read(_file, MeshJson.Default.NetmakerSection);

    public void Write(NetmakerSection section) => AtomicFile.Write(_file, JsonSerializer.SerializeToUtf8Bytes(section, MeshJson.Indented.NetmakerSection), AtomicFile.Public);

    public void Delete() => File.Delete(_file);
}
