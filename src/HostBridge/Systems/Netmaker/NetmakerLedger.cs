using System.Text.Json;
using MeshMcp.Contracts.Files;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.State;

namespace MeshMcp.HostBridge.Systems.Netmaker;

/// <summary>What we joined with: the mark that a membership is ours, and all that is needed to make it again.</summary>
sealed class NetmakerLedger(string folder)
{
    readonly string _file = Path.Combine(folder, "netmaker.json");

    public NetmakerSection? Read()
    {
        try
        {
            return File.Exists(_file) ? JsonSerializer.Deserialize(File.ReadAllBytes(_file), MeshJson.Default.NetmakerSection) : null;
        }
        catch (JsonException)
        {
            // Written whole or not at all; one of a later version is not ours to use.
            return null;
        }
    }

    public void Write(NetmakerSection section) => AtomicFile.Write(_file, JsonSerializer.SerializeToUtf8Bytes(section, MeshJson.Indented.NetmakerSection), AtomicFile.Public);

    public void Delete() => File.Delete(_file);
}
