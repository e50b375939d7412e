using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Network;
using MeshMcp.HostBridge.OpenVSwitch;

namespace MeshMcp.HostBridge.Systems.Bridge;

/// <summary>Every fault of a <c>bridge</c> section that shows without looking at the host.</summary>
static partial class BridgeFaults
{
    public static IEnumerable<Problem> Of(NodeState state)
    {
        var bridge = state.Bridge ?? new();
        if (!TextKind.Device.Holds(bridge.Name)) yield return new("bridge.name", $"\"{bridge.Name}\" is no device name: 1 to 15 letters, digits, dots, dashes or underscores.");
        if (bridge.Address is { } given && AddressFault(given) is { } fault) yield return new("bridge.address", fault);
        foreach (var problem in OfAdapters(state)) yield return problem;
        var names = new Dictionary<string, int>();
        var numbers = new Dictionary<int, string>();
        foreach (var container in state.Lxc?.Containers ?? [])
            if (int.TryParse(container.Id, out var id)) numbers.TryAdd(id, container.Veth);
        for (var i = 0; i < bridge.Ports.Count; i++)
        {
            var port = bridge.Ports[i];
            var path = $"bridge.ports[{i}]";
            if (!TextKind.Device.Holds(port.Name)) yield return new($"{path}.name", $"\"{port.Name}\" is no device name: 1 to 15 letters, digits, dots, dashes or underscores.");
            if (port.Name == bridge.Name) yield return new($"{path}.name", "This is the bridge itself; its own port needs no entry.");
            if (!names.TryAdd(port.Name, i)) yield return new($"{path}.name", $"{port.Name} is already port {names[port.Name]} of the list.");
            if (PortNumber.Of(port) is not { } number)
                yield return new($"{path}.ofport", $"{port.Name} needs an ofport: its name does not end in a number from 1 to {PortNumber.Last}.");
            else if (number is < 1 or > PortNumber.Last)
                yield return new($"{path}.ofport", $"{number} is no port number of a state: 1 to {PortNumber.Last} are.");
            else if (!numbers.TryAdd(number, port.Name) && numbers[number] != port.Name)
                yield return new($"{path}.ofport", $"{number} belongs to {numbers[number]} already.");
            if (port.Mac is not null && port.Type != PortType.Internal)
                yield return new($"{path}.mac", "Only an internal port has a MAC here; a system port keeps its device's.");
            else if (port.Mac is { } mac && !(MacAddress().IsMatch(mac) && (Convert.ToByte(mac[..2], 16) & 1) == 0))
                yield return new($"{path}.mac", $"{mac} is no unicast MAC address such as 02:00:00:00:00:01.");
        }
    }

    static IEnumerable<Problem> OfAdapters(NodeState state)
    {
        var numbers = new Dictionary<int, string>();
        foreach (var adapter in BridgeLayout.Of(state)?.Adapters ?? [])
        {
            var path = $"bridge.adapters.{adapter.Tunnel}";
            if (!TextKind.Device.Holds(adapter.Port)) yield return new(path, $"\"{adapter.Tunnel}\" cannot have an adapter: its port would be called {adapter.Port}, and a device's name has 15 characters at most.");
            if (adapter.Number is < 1 or > BridgeAdapter.Most) yield return new($"{path}.number", $"{adapter.Number} is no adapter number: 1 to {BridgeAdapter.Most} are.");
            else if (!numbers.TryAdd(adapter.Number, adapter.Tunnel)) yield return new($"{path}.number", $"{adapter.Number} belongs to {numbers[adapter.Number]} already.");
        }
    }

    static string? AddressFault(string text)
    {
        var parts = text.Split('/');
        if (parts.Length != 2 || !IPAddress.TryParse(parts[0], out var address) || address.AddressFamily != AddressFamily.InterNetwork
            || address.ToString() != parts[0] || !int.TryParse(parts[1], out var length) || length is < 8 or > 30)
            return $"\"{text}\" is no IPv4 address with a prefix length, such as 10.1.0.1/24.";
        var network = Networks.Of(text);
        if (NobodysOf(address.GetAddressBytes()) is { } kind) return $"{address} is {kind}: no host can have it here. Take a private one, such as 10.1.0.1/24.";
        if (address.Equals(Networks.LastOf(network))) return $"{address} is the broadcast address of {network}; take another host of it, such as the first.";
        return network.BaseAddress.Equals(address) ? $"{address} is the network itself; take a host of it, such as the first." : null;
    }

    static string? NobodysOf(byte[] address) => address switch
    {
        [0, ..] => "an address of \"this network\" (0.0.0.0/8)",
        [127, ..] => "a loopback address (127.0.0.0/8)",
        [169, 254, ..] => "a link-local address (169.254.0.0/16), which adapters use",
        [>= 224, ..] => "a multicast or reserved address",
        _ => null,
    };

    [GeneratedRegex(@"\A[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}\z")]
    private static partial Regex MacAddress();
}
