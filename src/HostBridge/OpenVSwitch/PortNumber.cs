using MeshMcp.Contracts.State;

namespace MeshMcp.HostBridge.OpenVSwitch;

/// <summary>OpenFlow port numbers. A state fixes them, because flows store numbers: a port that came back with another one would leave its flows pointing nowhere.</summary>
public static class PortNumber
{
    /// <summary>Higher ones are kept for adapters.</summary>
    public const int Last = 59999;

    const int Local = 65534;

    /// <summary>As given, else the number at the end of the name; null when there is none.</summary>
    public static int? Of(BridgePort port) => port.Ofport ?? Trailing(port.Name);

    /// <summary>Numbers by name of all ports that the bridge has or will have.</summary>
    public static IReadOnlyDictionary<string, int> ByName(NodeState desired, OvsState observed, string bridge)
    {
        var numbers = new Dictionary<string, int> { [bridge] = Local };
        foreach (var (port, number) in observed.Bridge(bridge)?.Ofports ?? new Dictionary<string, int>()) numbers[port] = number;
        if (BridgeLayout.Of(desired) is not { } layout || layout.Name != bridge) return numbers;
        foreach (var port in layout.Ports)
            if (Of(port) is { } number) numbers[port.Name] = number;
        foreach (var adapter in layout.Adapters) numbers[adapter.Tunnel] = numbers[adapter.Port] = adapter.Ofport;
        return numbers;
    }

    static int? Trailing(string name)
    {
        var digits = name[(name.AsSpan().LastIndexOfAnyExceptInRange('0', '9') + 1)..];
        return int.TryParse(digits, out var number) && number is >= 1 and <= Last ? number : null;
    }
}
