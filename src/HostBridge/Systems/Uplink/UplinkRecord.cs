using System.Text.Json;
using MeshMcp.Contracts.Files;
using MeshMcp.HostBridge.Store;

namespace MeshMcp.HostBridge.Systems.Uplink;

/// <summary>What our table was made from, and how nft listed it right afterwards: any other listing is somebody else's edit.</summary>
public sealed record UplinkRecord(UplinkTable Table, string Text, string Listing);

/// <summary>The record of the table that stands, in the agent's folder.</summary>
public sealed class UplinkRecords(string file)
{
    /// <summary>Null when we have no table, or do not know what it was made from.</summary>
    public UplinkRecord? Read() => CorruptFile.Read(file, UplinkJson.Default.UplinkRecord);

    public void Write(UplinkRecord record) => AtomicFile.Write(file, JsonSerializer.SerializeToUtf8Bytes(record, UplinkJson.Default.UplinkRecord), AtomicFile.Secret);

    public void Delete() => File.Delete(file);
}
