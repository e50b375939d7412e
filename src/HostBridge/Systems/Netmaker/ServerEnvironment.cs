using System.Security.Cryptography;
using System.Text;
using MeshMcp.Contracts.Files;

namespace MeshMcp.HostBridge.Systems.Netmaker;

/// <summary>The environment file of the Netmaker server's units. It holds the master key and the broker's password: root alone reads it.</summary>
static class ServerEnvironment
{
    public const string Path = "/etc/netmaker/netmaker.env";
    const string Mark = "# Written by the MeshMcp host bridge from the section netmaker; changes are put back.";
    const string Password = "MQ_PASSWORD=";

    public static EnvironmentState Read(Uri? endpoint, string? masterKey)
    {
        var content = File.Exists(Path) ? File.ReadAllText(Path) : null;
        if (content is not null && !content.StartsWith(Mark, StringComparison.Ordinal)) return new(true, null, null);
        return new(false, content, endpoint is null || masterKey is null ? null : Render(endpoint, masterKey, PasswordIn(content)));
    }

    /// <summary>Fits when the file is there and differs in nothing.</summary>
    public static bool Fits(EnvironmentState state) => state.Wanted is null || state.Wanted == state.Content;

    public static void Write(Uri endpoint, string masterKey)
    {
        var folder = System.IO.Path.GetDirectoryName(Path)!;
        Directory.CreateDirectory(folder);
        var password = PasswordIn(File.Exists(Path) ? File.ReadAllText(Path) : null) ?? RandomNumberGenerator.GetHexString(32, lowercase: true);
        AtomicFile.Write(Path, Encoding.UTF8.GetBytes(Render(endpoint, masterKey, password)), AtomicFile.Secret);
    }

    public static void Delete() => File.Delete(Path);

    /// <summary>The API listens on another port than the TLS front, which owns the endpoint's.</summary>
    static string Render(Uri endpoint, string masterKey, string? password) => $"""
        {Mark}
        SERVER_NAME={endpoint.Host}
        SERVER_HOST={endpoint.Host}
        SERVER_HTTP_HOST={endpoint.Authority}
        SERVER_API_CONN_STRING={endpoint.Authority}
        API_PORT=18081
        MASTER_KEY={masterKey.Trim()}
        BROKER_ENDPOINT=wss://{endpoint.Authority}
        SERVER_BROKER_ENDPOINT=ws://127.0.0.1:1883
        BROKER_TYPE=mosquitto
        MQ_USERNAME=netmaker
        {Password}{password}
        DATABASE=sqlite
        DNS_MODE=off
        MANAGE_DNS=false
        NETCLIENT_AUTO_UPDATE=disabled
        TELEMETRY=off
        DISPLAY_KEYS=off
        VERBOSITY=1

        """;

    static string? PasswordIn(string? content) =>
        content?.Split('\n').FirstOrDefault(l => l.StartsWith(Password, StringComparison.Ordinal))?[Password.Length..] is { Length: > 0 } password ? password : null;
}
