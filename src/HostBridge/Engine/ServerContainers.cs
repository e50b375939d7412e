using System.Text.Json;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Access;

namespace MeshMcp.HostBridge.Engine;

/// <summary>
/// A container that serves the MCP server or the API holds a key that every node of the mesh listens to. So what decides what runs in it and what it sees is for root on the node,
/// and for nobody who comes over a relay, whatever his scope. Pure.
/// </summary>
public static class ServerContainers
{
    static readonly string[] Roles = ["mcp", "api"];

    /// <summary>By the port, or by the name with which our server is put into it.</summary>
    public static bool Serves(Container container) => ManagementPaths.IsWayIn(container) || container.Properties.Services.Any(s => Roles.Contains(s.Name));

    /// <summary>For a change by whatever way: by edits, a document, a rollback.</summary>
    /// <exception cref="MeshException">PermissionDenied.</exception>
    public static void Require(Caller caller, NodeState before, NodeState after)
    {
        if (caller.IsRoot) return;
        var (was, willBe) = (Containers(before), Containers(after));
        foreach (var (id, container) in willBe)
        {
            var former = was.GetValueOrDefault(id);
            if (!Serves(container) && (former is null || !Serves(former))) continue;
            if (former is null) throw Refusal(caller, id, "is made");
            if (!Same(former, container)) throw Refusal(caller, id, $"gets other {string.Join(", ", Differences(former, container))}");
            if (XrayIn(id, before) != XrayIn(id, after)) throw Refusal(caller, id, "gets files of xray");
        }
    }

    /// <summary>For a program that is to run in it.</summary>
    /// <exception cref="MeshException">PermissionDenied.</exception>
    public static void RequireExec(Caller caller, NodeState desired, string id)
    {
        if (!caller.IsRoot && Containers(desired).TryGetValue(id, out var container) && Serves(container)) throw Refusal(caller, id, "is entered");
    }

    static Dictionary<string, Container> Containers(NodeState state) => (state.Lxc?.Containers ?? []).GroupBy(c => c.Id).ToDictionary(g => g.Key, g => g.Last());

    static MeshException Refusal(Caller caller, string id, string what) => new(ErrorKind.PermissionDenied,
        $"Container {id} {what}, and it serves the MCP server or the API, whose key speaks to every node: that is for root on the node, not for {caller.Name}.", $"lxc.containers[{id}]", "On the node, as root: meshctl.");

    /// <summary>Its place in the network, and whether it runs, is anybody's who may change containers.</summary>
    static ContainerProperties Kept(Container container) => container.Properties with { Name = null, Ipv4Address = null, Dns = [] };

    static bool Same(Container a, Container b) => Json(a).AsSpan().SequenceEqual(Json(b));

    static byte[] Json(Container container) => JsonSerializer.SerializeToUtf8Bytes(Kept(container), MeshJson.Default.ContainerProperties);

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
