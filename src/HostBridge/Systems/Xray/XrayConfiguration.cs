using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.State;

namespace MeshMcp.HostBridge.Systems.Xray;

/// <summary>
/// Renders the program's configuration from a section and its secrets. Pure. It keeps to what v2ray 4.34 and Xray 26 read alike: <c>clients</c>,
/// <c>vnext</c>, network <c>tcp</c>, rules of type <c>field</c>, statistics by a <c>dokodemo-door</c>, networks written out, certificates in the file itself.
/// </summary>
public static class XrayConfiguration
{
    /// <summary>Where the program answers for its statistics, on the container's loopback.</summary>
    public const int ApiPort = 10085;
    public const string VlessTag = "vless", VmessTag = "vmess", MeshTag = "from-mesh";
    const string ApiTag = "api", ToExitTag = "to-exit", OutTag = "out", BlockedTag = "blocked";

    static readonly string[] Private = ["0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7", "fe80::/10"];

    static readonly JsonSerializerOptions Lines = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="secret">Content by reference; null when the node has no such secret.</param>
    /// <param name="revoked">References of ids that are never good again.</param>
    public static XrayRendering Of(XrayItem item, Func<string, string?> secret, IReadOnlySet<string>? revoked = null)
    {
        var ingredients = new XrayIngredients(secret, revoked ?? new HashSet<string>());
        return item.Server is { } server ? OfServer(server, ingredients) : OfExit(item.Exit!, ingredients);
    }

    static XrayRendering OfServer(XrayServer server, XrayIngredients ingredients)
    {
        var exitId = ingredients.Id(server.ExitId, "xray.server.exit_id", "the server cannot reach its exit");
        var users = Users(server, ingredients);
        var inbounds = new List<JsonObject>();
        if (server.Vless is { } vless && Stream(vless, server, ingredients, "xray.server.vless") is { } vlessStream)
            inbounds.Add(Inbound(VlessTag, vless.Port, "vless", new() { ["clients"] = List(users.Select(u => Client(u, vless.Flow))), ["decryption"] = "none" }, vlessStream));
        if (server.Vmess is { } vmess && Stream(vmess, server, ingredients, "xray.server.vmess") is { } vmessStream)
            inbounds.Add(Inbound(VmessTag, vmess.Port, "vmess", new() { ["clients"] = List(users.Select(u => Client(u, null, alterId: true))) }, vmessStream));
        if (exitId is null || inbounds.Count == 0) return new(null, [], ingredients.Waiting);
        var (exit, port) = XrayFaults.AddressAndPort(server.Exit)!.Value;
        var toExit = Outbound(ToExitTag, "vless", new()
        {
            ["vnext"] = List([new JsonObject { ["address"] = exit, ["port"] = port, ["users"] = List([new JsonObject { ["id"] = exitId, ["encryption"] = "none" }]) }]),
        });
        toExit["streamSettings"] = new JsonObject { ["network"] = "tcp", ["security"] = "none" };
        var ways = inbounds.Select(i => (string)i["tag"]!).ToArray();
        return new(Whole(inbounds, [toExit, Outbound(BlockedTag, "blackhole", [])], "AsIs", [FromTo(ways, ToExitTag)]), [.. users.Select(u => u.Name)], ingredients.Waiting);
    }

    static XrayRendering OfExit(XrayExit exit, XrayIngredients ingredients)
    {
        if (ingredients.Id(exit.Id, "xray.exit.id", "the exit lets nobody in") is not { } id) return new(null, [], ingredients.Waiting);
        var inbound = Inbound(MeshTag, exit.Port, "vless", new() { ["clients"] = List([new JsonObject { ["id"] = id, ["level"] = 0, ["email"] = "server" }]), ["decryption"] = "none" },
            new() { ["network"] = "tcp", ["security"] = "none" });
        var settings = new JsonObject { ["domainStrategy"] = "UseIPv4" };
        // Routing sees a name's address before it is asked for again; only Xray looks once more at the address that is really dialled.
        if (exit.Program == XrayProgram.Xray) settings["finalRules"] = List([.. Allowed(exit, ips => new() { ["action"] = "allow", ["ip"] = ips }), new JsonObject { ["action"] = "block", ["ip"] = Texts(Private) }, new JsonObject { ["action"] = "allow" }]);
        JsonObject[] rules =
        [
            .. Allowed(exit, ips => new() { ["type"] = "field", ["inboundTag"] = Texts([MeshTag]), ["ip"] = ips, ["outboundTag"] = OutTag }),
            new() { ["type"] = "field", ["inboundTag"] = Texts([MeshTag]), ["ip"] = Texts(Private), ["outboundTag"] = BlockedTag },
            FromTo([MeshTag], OutTag),
        ];
        return new(Whole([inbound], [Outbound(OutTag, "freedom", settings), Outbound(BlockedTag, "blackhole", [])], "IPOnDemand", rules), [], ingredients.Waiting);
    }

    static IEnumerable<JsonObject> Allowed(XrayExit exit, Func<JsonArray, JsonObject> rule) => exit.AllowedNetworks.Count == 0 ? [] : [rule(Texts(exit.AllowedNetworks))];

    static byte[] Whole(IEnumerable<JsonObject> inbounds, IEnumerable<JsonObject> outbounds, string strategy, IEnumerable<JsonObject> rules)
    {
        var api = Inbound(ApiTag, ApiPort, "dokodemo-door", new() { ["address"] = "127.0.0.1" }, null, "127.0.0.1");
        var whole = new JsonObject
        {
            ["log"] = new JsonObject { ["loglevel"] = "warning", ["access"] = "none" },
            ["stats"] = new JsonObject(),
            ["api"] = new JsonObject { ["tag"] = ApiTag, ["services"] = Texts(["StatsService"]) },
            ["policy"] = new JsonObject
            {
                ["levels"] = new JsonObject { ["0"] = new JsonObject { ["statsUserUplink"] = true, ["statsUserDownlink"] = true } },
                ["system"] = new JsonObject { ["statsInboundUplink"] = true, ["statsInboundDownlink"] = true },
            },
            ["inbounds"] = List([api, .. inbounds]),
            ["outbounds"] = List(outbounds),
            ["routing"] = new JsonObject
            {
                ["domainStrategy"] = strategy,
                ["rules"] = List([FromTo([ApiTag], ApiTag), .. rules, new JsonObject { ["type"] = "field", ["network"] = "tcp,udp", ["outboundTag"] = BlockedTag }]),
            },
        };
        return Encoding.UTF8.GetBytes(whole.ToJsonString(Lines) + "\n");
    }

    static List<(string Name, string Id)> Users(XrayServer server, XrayIngredients ingredients)
    {
        var users = new List<(string Name, string Id)>();
        foreach (var user in server.Users)
        {
            var path = $"xray.server.users.{user.Name}";
            if (ingredients.Id(user.IdReference, path, $"{user.Name} cannot come in") is not { } id) continue;
            if (users.Find(u => u.Id == id) is { Name: not null } other) ingredients.Miss(path, $"{user.Name} has the same id as {other.Name} and cannot come in: give {user.IdReference} another one.");
            else users.Add((user.Name, id));
        }
        return users;
    }

    static JsonObject Client((string Name, string Id) user, string? flow, bool alterId = false)
    {
        var client = new JsonObject { ["id"] = user.Id, ["level"] = 0, ["email"] = user.Name };
        if (flow is not null) client["flow"] = flow;
        if (alterId) client["alterId"] = 0;
        return client;
    }

    /// <summary>Null while an ingredient is missing.</summary>
    static JsonObject? Stream(XrayInbound inbound, XrayServer server, XrayIngredients ingredients, string path)
    {
        var stream = new JsonObject { ["network"] = "tcp", ["security"] = inbound.Security.ToString().ToLowerInvariant() };
        switch (inbound.Security)
        {
            case XraySecurity.Tls:
                if (ingredients.Pair(inbound.Certificate!, inbound.Key!, path) is not var (certificate, key)) return null;
                var tls = new JsonObject { ["certificates"] = List([new JsonObject { ["certificate"] = Texts(LinesOf(certificate)), ["key"] = Texts(LinesOf(key)) }]) };
                if ((inbound.ServerName ?? server.Host) is { } name) tls["serverName"] = name;
                stream["tlsSettings"] = tls;
                return stream;
            case XraySecurity.Reality:
                if (ingredients.Text(inbound.PrivateKey!, SecretKind.RealityKey, $"{path}.private_key") is not { } privateKey) return null;
                stream["realitySettings"] = new JsonObject
                {
                    ["target"] = inbound.Target,
                    ["serverNames"] = Texts([ShareLinks.NameFor(inbound)]),
                    ["privateKey"] = privateKey.Trim(),
                    ["shortIds"] = Texts(inbound.ShortIds.Count == 0 ? [""] : inbound.ShortIds),
                };
                return stream;
            default:
                return stream;
        }
    }

    static JsonObject Inbound(string tag, int port, string protocol, JsonObject settings, JsonObject? stream, string listen = "0.0.0.0")
    {
        var inbound = new JsonObject { ["tag"] = tag, ["listen"] = listen, ["port"] = port, ["protocol"] = protocol, ["settings"] = settings };
        if (stream is not null) inbound["streamSettings"] = stream;
        return inbound;
    }

    static JsonObject Outbound(string tag, string protocol, JsonObject settings) => new() { ["tag"] = tag, ["protocol"] = protocol, ["settings"] = settings };

    static JsonObject FromTo(IEnumerable<string> inboundTags, string outboundTag) => new() { ["type"] = "field", ["inboundTag"] = Texts(inboundTags), ["outboundTag"] = outboundTag };

    static JsonArray List(IEnumerable<JsonObject> items) => new([.. items]);

    static JsonArray Texts(IEnumerable<string> texts) => new([.. texts.Select(t => (JsonNode)t)]);

    static string[] LinesOf(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
