using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Files;

namespace MeshMcp.HostBridge.Systems.Netmaker;

/// <summary>netclient's files: reading them disturbs nothing, while each of its commands would.</summary>
static class NetclientFiles
{
    const string Folder = "/etc/netclient";
    const UnixFileMode Mode = AtomicFile.Secret | UnixFileMode.UserExecute;

    public static ClientHost? Host() => Read("netclient.json", NetmakerJson.Default.ClientHost);

    public static IReadOnlyDictionary<string, ClientNode> Memberships() => Read("nodes.json", NetmakerJson.Default.IReadOnlyDictionaryStringClientNode) ?? new Dictionary<string, ClientNode>();

    /// <summary>API address of the server in use, <c>HOST[:PORT]</c>.</summary>
    public static string? Api()
    {
        var context = Path.Combine(Folder, ".serverctx");
        return File.Exists(context) && Read("servers.json", NetmakerJson.Default.IReadOnlyDictionaryStringClientServer)?.GetValueOrDefault(File.ReadAllText(context).Trim())?.Api is { Length: > 0 } api ? api : null;
    }

    /// <summary>Changes with every membership that comes or goes.</summary>
    public static DateTime Changed() => File.GetLastWriteTimeUtc(Path.Combine(Folder, "nodes.json"));

    /// <summary>Gives the device its name: the command line takes only names that begin with <c>netmaker</c>, the file takes any. netclient must not run meanwhile.</summary>
    public static void Name(string device)
    {
        var path = Path.Combine(Folder, "netclient.json");
        var host = JsonNode.Parse(File.ReadAllBytes(path))!;
        host["interface"] = device;
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, new() { Indented = true })) host.WriteTo(writer);
        AtomicFile.Write(path, buffer.ToArray(), Mode);
    }

    static T? Read<T>(string name, JsonTypeInfo<T> type)
        where T : class
    {
        var path = Path.Combine(Folder, name);
        try
        {
            return File.Exists(path) ? JsonSerializer.Deserialize(File.ReadAllBytes(path), type) : null;
        }
        catch (JsonException e)
        {
            throw new MeshException(ErrorKind.Unavailable, $"{path} cannot be read: {e.Message}", path, "netclient writes it; its next command repairs it.", e);
        }
    }
}
