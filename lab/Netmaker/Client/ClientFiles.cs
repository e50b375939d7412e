using System.Text.Json;
using System.Text.Json.Serialization;
using MeshMcp.NetmakerStandIn.Shapes;

namespace MeshMcp.NetmakerStandIn.Client;

/// <summary><c>netclient.json</c>: the host, with what never leaves it.</summary>
sealed record ClientHost : Host
{
    public int[] PrivateKey { get; set; } = [];
    public byte[] TrafficKeyPrivate { get; set; } = [];
    public int InitType { get; set; } = 1;
    /// <summary>The peers as last fetched, for a start without the server.</summary>
    public List<PeerConfig> HostPeers { get; set; } = [];
}

/// <summary>An entry of <c>servers.json</c>.</summary>
[Untagged]
sealed record ClientServer : ServerConfig
{
    [JsonPropertyName("name")] public string Name { get; set; } = "";
    [JsonPropertyName("mqid")] public string MqId { get; set; } = "";
    [JsonPropertyName("nodes")] public Dictionary<string, bool> Nodes { get; set; } = [];
    [JsonPropertyName("accesskey")] public string AccessKey { get; set; } = "";
}

/// <summary>netclient's files, in the shapes of the real one.</summary>
static class ClientFiles
{
    const string Folder = "/etc/netclient";
    const string LockFile = "/run/netclient.lck";
    public const string PidFile = "/run/netclient.pid";
    const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(10);

    public static ClientHost? Host() => Read<ClientHost>("netclient.json");

    /// <summary>By network.</summary>
    public static Dictionary<string, Node> Nodes() => Read<Dictionary<string, Node>>("nodes.json") ?? [];

    /// <summary>By name.</summary>
    public static Dictionary<string, ClientServer> Servers() => Read<Dictionary<string, ClientServer>>("servers.json") ?? [];

    /// <summary>Name of the server in use; empty for none.</summary>
    public static string Context() => File.Exists($"{Folder}/.serverctx") ? File.ReadAllText($"{Folder}/.serverctx").Trim() : "";

    public static void Write(ClientHost host) => Write("netclient.json", host);

    public static void Write(Dictionary<string, Node> nodes) => Write("nodes.json", nodes);

    public static void Write(Dictionary<string, ClientServer> servers, string context)
    {
        Write("servers.json", servers);
        Replace(".serverctx", System.Text.Encoding.UTF8.GetBytes(context));
    }

    /// <summary>One program at a time reads and writes.</summary>
    public static async Task<T> LockedAsync<T>(Func<T> action)
    {
        while (true)
        {
            try
            {
                using var only = new FileStream(LockFile, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
                return action();
            }
            catch (IOException e) when (e is not (FileNotFoundException or DirectoryNotFoundException))
            {
                await Task.Delay(Poll);
            }
        }
    }

    static T? Read<T>(string name) => File.Exists($"{Folder}/{name}") ? JsonSerializer.Deserialize<T>(File.ReadAllBytes($"{Folder}/{name}"), WireJson.File) : default;

    static void Write<T>(string name, T content) => Replace(name, JsonSerializer.SerializeToUtf8Bytes(content, WireJson.File));

    static void Replace(string name, byte[] content)
    {
        Directory.CreateDirectory(Folder);
        var written = $"{Folder}/{name}.new";
        File.WriteAllBytes(written, content);
        File.SetUnixFileMode(written, Mode);
        File.Move(written, $"{Folder}/{name}", overwrite: true);
    }
}
