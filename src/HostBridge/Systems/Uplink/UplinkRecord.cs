using System.Text.Json;
using MeshMcp.Contracts.Files;

namespace MeshMcp.HostBridge.Systems.Uplink;

/// <summary>What our table was made from, and how nft listed it right afterwards: any other listing is somebody else's edit.</summary>
public sealed record UplinkRecord(UplinkTable Table, string Text, string Listing);

/// <summary>The record of the table that stands, in the agent's folder.</summary>
public sealed class UplinkRecords(string file)
{
    /// <summary>Null when we have no table.</summary>
    public UplinkRecord? Read()
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(file), UplinkJson.Default.UplinkRecord);
        }
        catch (Exception e) when (e is FileNotFoundException or JsonException)
        {
            return null;
        }
    }

    public void Write(UplinkRecord record) => AtomicFile.Write(file, JsonSerializer.SerializeToUtf8Bytes(record, UplinkJson.Default.UplinkRecord), AtomicFile.Secret);

    public void Delete() => File.Delete(file);
}
