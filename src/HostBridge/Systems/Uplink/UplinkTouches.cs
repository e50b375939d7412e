using MeshMcp.HostBridge.Engine;

namespace MeshMcp.HostBridge.Systems.Uplink;

/// <summary>What a new table of ours lays hands on: published ports by what is really in the table, which needs the uplink's address.</summary>
static class UplinkTouches
{
    public static IReadOnlyList<Touch> Of(ObservedUplink observed, UplinkTable desired, string text)
    {
        var (before, was) = (observed.Record?.Table, observed.Listing is null ? "" : observed.Record?.Text ?? "");
        var touches = new List<Touch>();
        foreach (var port in (before?.Publish ?? []).Concat(desired.Publish).DistinctBy(p => (p.Protocol, p.Port)))
        {
            var comment = $"comment \"{TableText.CommentOf(port)}\"";
            var (old, now) = (Rule(was, comment), Rule(text, comment));
            if (old != now) touches.Add(new Touch.Published(port.Protocol, port.Port, old is null, now is null));
        }
        if (before is { Managed: true } && desired.Managed && before.Interface != desired.Interface) touches.Add(new Touch.Uplink(before.Interface, desired.Interface));
        // The first table may name a wrong device as well.
        else if (before is not { Managed: true } && desired is { Managed: true, Interface: not null }) touches.Add(new Touch.Uplink(null, desired.Interface));
        return touches;
    }

    static string? Rule(string text, string comment) => text.Split('\n').FirstOrDefault(l => l.EndsWith(comment, StringComparison.Ordinal) && l.Contains(" dnat ip to ", StringComparison.Ordinal));
}
