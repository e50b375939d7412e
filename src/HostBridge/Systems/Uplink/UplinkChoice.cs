using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.State;

namespace MeshMcp.HostBridge.Systems.Uplink;

/// <summary>What an edit of published ports names.</summary>
static class UplinkChoice
{
    public static Edit Of(Edit edit, NodeState state) => edit switch
    {
        PublishPort publish => publish with { Port = publish.Port with { Protocol = publish.Port.Protocol.ToLowerInvariant(), Container = IdOf(publish.Port.Container, state) } },
        UnpublishPort close => Known(close with { Protocol = close.Protocol.ToLowerInvariant() }, state),
        _ => edit,
    };

    /// <summary>An id that no container has is a fault of the state, with its path there.</summary>
    static string IdOf(string container, NodeState state) =>
        CalledContainer.Find(container, state.Lxc?.Containers ?? [], c => c.Id, c => c.Properties.Name, "container")?.Id ?? container;

    static UnpublishPort Known(UnpublishPort close, NodeState state)
    {
        var published = UplinkLayout.Of(state)?.Publish ?? [];
        if (published.Any(p => p.Port == close.Port && p.Protocol == close.Protocol)) return close;
        string[] all = [.. published.Select(p => $"{p.Protocol}/{p.Port}")];
        throw new MeshException(new MeshError(ErrorKind.NotFound, $"{close.Protocol}/{close.Port} is not published on this node.", "port",
            all.Length == 0 ? "Nothing is published here." : $"Published are: {string.Join(", ", all)}.",
            [new("port", "Not published.", Nearest: Nearest.To($"{close.Protocol}/{close.Port}", all))]));
    }
}
