using System.Text.Json;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Access;
using MeshMcp.HostBridge.Engine;

namespace MeshMcp.HostBridge.Systems.Lxc;

/// <summary>
/// Containers of which only root on the node decides what runs in them and what they see, whoever else asks and of whatever scope: one that serves the MCP server or the API
/// holds a key that every node of the mesh listens to, and the root of a privileged one is the node's. Pure.
/// </summary>
static class RootsContainers
{
    static readonly string[] Roles = ["mcp", "api"];

    /// <summary>What a change does to them, by whatever way: edits, a document, a rollback.</summary>
    public static IEnumerable<Problem> Of(NodeState before, NodeState after)
    {
        var were = Containers(before);
        foreach (var (id, container) in Containers(after))
        {
            var former = were.GetValueOrDefault(id);
            if ((Why(container) ?? (former is null ? null : Why(former))) is not { } why) continue;
            var what = former is null ? "is made"
                : !Json(former).AsSpan().SequenceEqual(Json(container)) ? $"gets other {string.Join(", ", Differences(former, container))}"
                : XrayIn(id, before) != XrayIn(id, after) ? "gets files of xray"
                : null;
            if (what is not null) yield return new($"lxc.containers.{id}", $"Container {id} {what}, and {why}: that is for root on the node.");
        }
    }

    /// <summary>For a program that is to run in it.</summary>
    /// <exception cref="MeshException">PermissionDenied.</exception>
    public static void RequireEntry(Caller caller, params IEnumerable<Container> container)
    {
        if (!caller.IsRoot && container.Select(c => (c.Id, Why: Why(c))).FirstOrDefault(c => c.Why is not null) is { Why: { } why } entered)
            throw new MeshException(ErrorKind.PermissionDenied, $"Container {entered.Id} is entered, and {why}: that is for root on the node, not for {caller.Name}.", $"lxc.containers.{entered.Id}", "On the node, as root: meshctl container exec.");
    }

    /// <summary>Null for a container that others decide about too. A server is known by its port, or by the name with which ours is put into it.</summary>
    static string? Why(Container container) =>
        ManagementPaths.IsWayIn(container) || container.Properties.Services.Any(s => Roles.Contains(s.Name)) ? "it serves the MCP server or the API, whose key speaks to every node"
        : ContainerIds.IsPrivileged(container) ? "it is privileged, so that its root is this node's root"
        : null;

    static Dictionary<string, Container> Containers(NodeState state) => (state.Lxc?.Containers ?? []).GroupBy(c => c.Id).ToDictionary(g => g.Key, g => g.Last());

    /// <summary>Its place in the network, and whether it runs, is anybody's who may change containers.</summary>
    static byte[] Json(Container container) => JsonSerializer.SerializeToUtf8Bytes(container.Properties with { Name = null, Ipv4Address = null, Dns = [] }, MeshJson.Default.ContainerProperties);

    static IEnumerable<string> Differences(Container a, Container b)
    {
        using var was = JsonDocument.Parse(Json(a));
        using var willBe = JsonDocument.Parse(Json(b));
        return [.. was.RootElement.EnumerateObject().Concat(willBe.RootElement.EnumerateObject()).Select(p => p.Name).Distinct()
            .Where(n => Text(was.RootElement, n) != Text(willBe.RootElement, n))];

        static string? Text(JsonElement of, string name) => of.TryGetProperty(name, out var value) ? value.GetRawText() : null;
    }

    /// <summary>What xray writes into it.</summary>
    static string XrayIn(string id, NodeState state) =>
        state.Xray is { } xray ? JsonSerializer.Serialize(new XraySection { Server = xray.Server?.Container == id ? xray.Server : null, Exit = xray.Exit?.Container == id ? xray.Exit : null }, MeshJson.Default.XraySection) : "{}";
}
