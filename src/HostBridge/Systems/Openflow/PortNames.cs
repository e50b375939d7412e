using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Flows;

namespace MeshMcp.HostBridge.Systems.Openflow;

/// <summary>Puts port names for numbers in what the switch says, so that people read what they wrote.</summary>
public sealed class PortNames(IReadOnlyDictionary<string, int> ofports)
{
    readonly Dictionary<string, string> _byNumber = ofports.Where(p => p.Value <= Ports.PortNumber.Last)
        .GroupBy(p => p.Value.ToString()).ToDictionary(g => g.Key, g => g.First().Key);

    /// <summary>A flow with names; as it came when it has something that this version does not read.</summary>
    public string In(string flow)
    {
        try
        {
            return FlowText.Parse(flow).Renamed(port => _byNumber.GetValueOrDefault(port, port)).ToString();
        }
        catch (MeshException)
        {
            return flow;
        }
    }

    public string Of(string number) => _byNumber.GetValueOrDefault(number, number);
}
