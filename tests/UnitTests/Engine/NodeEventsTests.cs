using MeshMcp.HostBridge.Engine;
using Xunit;

namespace MeshMcp.UnitTests.Engine;

public sealed class NodeEventsTests
{
    [Fact]
    public void Who_comes_later_reads_the_last_events_newest_first_in_pages_by_their_numbers()
    {
        var events = new NodeEvents(TimeProvider.System);
        Assert.Empty(events.Recent(10, null));
        foreach (var i in Enumerable.Range(1, 300)) events.Publish("healed", $"event {i}");

        Assert.Equal(["event 300", "event 299"], events.Recent(2, null).Select(e => e.Message));
        Assert.Equal([298L, 297L], events.Recent(2, 299).Select(e => e.Number!.Value));
        Assert.Equal(256, events.Recent(1000, null).Count);
        Assert.Equal("event 45", events.Recent(1000, null)[^1].Message);
        Assert.Empty(events.Recent(10, 45));
    }
}
