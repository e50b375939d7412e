using System.Net.NetworkInformation;
using System.Text.Json;
using MeshMcp.NetmakerStandIn.Shapes;

namespace MeshMcp.NetmakerStandIn.Client;

/// <summary><c>netclient join</c>.</summary>
static class Joining
{
    const int First = 443, Next = 51821, Last = 65535;

    public static async Task<int> RunAsync(Options options)
    {
        if (ServerIn(options["-t"]) is not { } api)
        {
            Console.Error.WriteLine("[netclient] Fatal: could not read enrollment token");
            return 2;
        }
        var host = ClientFiles.Host()!;
        if (options["-I"] is { } name)
        {
            if (!name.StartsWith("netmaker", StringComparison.Ordinal)) return Netclient.Said($"invalid interface name {name}", 1);
            if (NetworkInterface.GetAllNetworkInterfaces().Any(n => n.Name == name)) return Netclient.Said($"interface {name} exists already", 1);
            host.Interface = name;
        }
        if (Adopt(host, options) is { } fault) return Netclient.Said(fault, 1);
        if (host.ListenPort == 0) host.ListenPort = Netclient.IsFree(First) ? First : Enumerable.Range(Next, Last - Next).First(Netclient.IsFree);
        await ClientFiles.LockedAsync(() =>
        {
            ClientFiles.Write(host);
            return true;
        });
        try
        {
            using var server = new ServerCall(api);
            var answer = await server.CallAsync<RegisterResponse>(HttpMethod.Post, $"api/v1/host/register/{Uri.EscapeDataString(options["-t"]!)}", host.Only());
            await ClientFiles.LockedAsync(() => Keep(host, answer));
            Netclient.Signal(1);
            return Netclient.Said($"registered with server {answer.ServerConfig.Server}", 0);
        }
        catch (ServerError e)
        {
            Console.Error.WriteLine($"[netclient] Fatal: error registering with server code: {e.Code} {e.Message}");
            return 2;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            // As the real one does: no failure by its exit code.
            return Netclient.Said($"registration failed {e.Message}", 0);
        }
    }

    /// <summary>Takes the host's fields from a command line; flags that are not given are off afterwards.</summary>
    /// <returns>What is wrong with them.</returns>
    public static string? Adopt(ClientHost host, Options options)
    {
        if (options.Has("-j") && options["-p"] is null) return "static port (-j) needs a port (-p)";
        if (options.Has("-i") && options["-e"] is null) return "static endpoint (-i) needs an endpoint (-e)";
        if (options["-p"] is { } text)
        {
            if (!int.TryParse(text, out var port) || port is < 1 or > Last) return $"invalid port {text}";
            if (port != host.ListenPort && !Netclient.IsFree(port)) return $"port {port} is not free";
            host.ListenPort = port;
        }
        if (options["-o"] is { } name) host.Name = name;
        if (options["-e"] is { } endpoint) host.EndpointIP = endpoint;
        host.IsStatic = options.Has("-i") || options["-e"] is not null;
        host.IsStaticPort = options.Has("-j");
        return null;
    }

    static bool Keep(ClientHost host, RegisterResponse answer)
    {
        var fields = JsonSerializer.Serialize(answer.ServerConfig, WireJson.Options);
        var server = JsonSerializer.Deserialize<ClientServer>(fields, WireJson.Options)!;
        server.Name = answer.ServerConfig.Server;
        server.MqId = host.Id;
        var servers = ClientFiles.Servers();
        servers[server.Name] = server;
        ClientFiles.Write(servers, server.Name);
        return true;
    }

    static string? ServerIn(string? token)
    {
        try
        {
            using var document = JsonDocument.Parse(Convert.FromBase64String(token ?? ""));
            return document.RootElement.GetProperty("server").GetString();
        }
        catch (Exception e) when (e is FormatException or JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return null;
        }
    }
}
