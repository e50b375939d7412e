namespace MeshMcp.Contracts.State;

/// <summary>The uplink that a state asks for: its section, or, where it has none, the ports that its containers' services listen on. Pure.</summary>
public static class UplinkLayout
{
    /// <summary>Null when nothing is published and no section is there.</summary>
    public static UplinkSection? Of(NodeState state)
    {
        if (state.Uplink is { } uplink) return uplink;
        PublishedPort[] derived =
        [
            .. (from container in state.Lxc?.Containers ?? []
                from service in container.Properties.Services
                select new PublishedPort { Protocol = service.Protocol, Port = service.Port, Container = container.Id }).DistinctBy(p => (p.Protocol, p.Port)),
        ];
        return derived.Length == 0 ? null : new() { Publish = derived };
    }
}
