using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.State;
using MeshMcp.Contracts.Trust;
using MeshMcp.HostBridge.Access;
using MeshMcp.HostBridge.Engine;
using MeshMcp.HostBridge.Store;
using MeshMcp.HostBridge.Wire;

namespace MeshMcp.HostBridge.Systems.Xray;

/// <summary>Status with traffic, users by edits, share links.</summary>
public sealed class XrayRoutes(NodeEngine engine, XraySystem system, XrayPrograms programs, SecretStore secrets, BridgeConfiguration configuration) : INodeRoutes
{
    const string Section = "xray";

    public void Map(NodeRoutes routes)
    {
        routes.Read("/v1/xray", MeshJson.Default.XrayStatus, context => StatusAsync(context.RequestAborted));
        routes.Change(HttpMethod.Post, "/v1/xray/users", Section, MeshJson.Default.NewXrayUser, MeshJson.Default.AddedXrayUser,
            (_, user) => new() { Edits = [new AddXrayUser(new() { Name = user.Name })], Why = user.Why },
            (_, user, changed) => Task.FromResult(new AddedXrayUser(user.Name, changed.Generation?.Number, LinksOf(user.Name),
                [.. changed.News.Where(f => f.Path.StartsWith("xray.server", StringComparison.Ordinal)), .. Unsafe(engine.Desired.Xray?.Server)])));
        routes.DeleteByChange("/v1/xray/users/{name}", Section, MeshJson.Default.RemovedXrayUser,
            context => new() { Edits = [new RemoveXrayUser(NameOf(context))] },
            (context, changed) => Task.FromResult(new RemovedXrayUser(NameOf(context), changed.Generation?.Number)));
        routes.Reveal("/v1/xray/users/{name}/links", Section, Scope.Admin, MeshJson.Default.XrayUserLinks, context =>
        {
            var links = LinksOf(NameOf(context));
            return links.Count > 0 ? Task.FromResult(new XrayUserLinks(NameOf(context), links))
                : throw new MeshException(ErrorKind.Conflict, "There are no share links yet: the server's public name, or the user's id, is missing.", "xray.server.host", "Set xray.server.host in the state; GET /v1/xray tells what else is missing.");
        });
    }

    async Task<XrayStatus> StatusAsync(CancellationToken ct)
    {
        var desired = engine.Desired;
        var observed = await system.ObserveAsync(desired, ct);
        var status = new XrayStatus { Findings = [.. system.Findings(desired.Xray, observed), .. Unsafe(desired.Xray?.Server)] };
        foreach (var item in XrayItem.Of(desired.Xray))
        {
            var (part, traffic) = await PartAsync(item, observed, ct);
            var active = observed.Places[item.Container].Applied?.Users ?? [];
            status = item.Server is not { } server ? status with { Exit = part } : status with
            {
                Server = part,
                Users = [.. server.Users.OrderBy(u => u.Name, StringComparer.Ordinal).Select(u => new XrayUserStatus(u.Name, part.Configured && active.Contains(u.Name), Up("user", u.Name, traffic), Down("user", u.Name, traffic)))],
            };
        }
        return status;
    }

    async Task<(XrayPart Part, IReadOnlyDictionary<string, long>? Traffic)> PartAsync(XrayItem item, ObservedXray observed, CancellationToken ct)
    {
        var place = observed.Places[item.Container];
        var rendering = XraySystem.Render(item, observed);
        (IReadOnlyDictionary<string, long>? traffic, string? noTraffic) = (null, null);
        try
        {
            traffic = await programs.TrafficAsync(item.Container, item.Program, ct);
        }
        catch (MeshException e)
        {
            noTraffic = e.Error.Message;
        }
        var version = observed.Programs.Contains(item.Program) ? await programs.VersionAsync(item.Program, ct) : null;
        XrayInboundStatus?[] inbounds = item.Exit is { } exit
            ? [Inbound("vless", XrayConfiguration.MeshTag, new() { Port = exit.Port }, traffic)]
            : [Inbound("vless", XrayConfiguration.VlessTag, item.Server!.Vless, traffic), Inbound("vmess", XrayConfiguration.VmessTag, item.Server.Vmess, traffic)];
        return (new(item.Container, item.Program, version, rendering.Digest is { } digest && digest == place.Digest, place.Runs == true, [.. inbounds.OfType<XrayInboundStatus>()], item.Server?.Exit) { NoTraffic = noTraffic }, traffic);
    }

    IReadOnlyList<XrayLink> LinksOf(string name)
    {
        var server = engine.Desired.Xray?.Server;
        var user = server?.Users.FirstOrDefault(u => u.Name == name) ?? throw XraySystem.NoUser(name, server);
        return secrets.Find(user.IdReference, SecretKind.XrayId) is { } id ? ShareLinks.Of(server!, id.Trim(), $"{name}@{configuration.Node}") : [];
    }

    /// <summary>What is allowed, and should be known by who uses it.</summary>
    static IEnumerable<Finding> Unsafe(XrayServer? server)
    {
        if (server?.Vless is { Security: XraySecurity.None })
            yield return new("warning", "xray.server.vless.security", "VLESS without TLS or REALITY is not encrypted: everybody on the way reads along. VMess encrypts by itself.");
        if (server is { Host: null }) yield return new("warning", "xray.server.host", "Share links need the server's public name or address: set xray.server.host.");
    }

    static XrayInboundStatus? Inbound(string protocol, string tag, XrayInbound? inbound, IReadOnlyDictionary<string, long>? traffic) =>
        inbound is null ? null : new(protocol, inbound.Port, inbound.Security, Up("inbound", tag, traffic), Down("inbound", tag, traffic));

    static long? Up(string kind, string name, IReadOnlyDictionary<string, long>? traffic) => XrayCounters.Of(traffic, kind, name, "uplink");

    static long? Down(string kind, string name, IReadOnlyDictionary<string, long>? traffic) => XrayCounters.Of(traffic, kind, name, "downlink");

    static string NameOf(HttpContext context) => (string)context.Request.RouteValues["name"]!;
}
