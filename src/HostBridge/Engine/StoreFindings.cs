using MeshMcp.Contracts.Changes;
using MeshMcp.HostBridge.Store;

namespace MeshMcp.HostBridge.Engine;

/// <summary>Says, until somebody saw to it, that a part of the node's memory could not be read, or that nothing more can be written.</summary>
public sealed class StoreFindings(NodeStore store) : INodeFindings
{
    public IEnumerable<Finding> Findings() =>
    [
        .. store.LacksRoom is { } why ? new[] { new Finding("warning", "store", $"The disk is full: {why} No change is taken until there is room; one that waits is undone all the same.") } : [],
        .. store.Corrupt.Select(file => new Finding("warning", "store",
            $"{file} could not be read, so the node went on with generation {store.Generations.Confirmed?.Number.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "none"}, the last one that is whole. Compare get_state with what you want, apply that, then delete the file; a backup may have what was lost (meshctl restore).")),
        .. store.CorruptRecords.Select(file => new Finding("warning", "store",
            $"{file} could not be read, so the node goes on without what it remembered there of the host: {Lost(file)} The state itself is whole. Delete the file when you have seen to it.")),
    ];

    static string Lost(string file) => Path.GetFileName(file).Split('.')[0] switch
    {
        "units" or "packages" => "what units or packages were before it looked after them. Look at unit_status and package_status before you release one.",
        "released" => "which VPN clients' addresses cool down. New clients may get one that was another's today.",
        _ => "what it made there. It makes that anew where the state still has it; what the state has no more stays on the host, and is yours to remove.",
    };
}
