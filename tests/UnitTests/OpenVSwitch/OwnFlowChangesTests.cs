using MeshMcp.HostBridge.OpenVSwitch;
using Xunit;

namespace MeshMcp.UnitTests.OpenVSwitch;

public sealed class OwnFlowChangesTests
{
    const string Add = "add cookie=0x4d4d01,table=0,priority=5,udp,actions=output:7", Delete = "delete_strict cookie=0x4d4d01/0xffffffffffffffff,table=0,priority=5,udp";

    readonly OwnFlowChanges _own = new(TimeProvider.System);

    [Fact]
    public void What_we_have_done_ourselves_is_no_news_once()
    {
        _own.Expect([Add]);
        Assert.True(_own.Tells("event=ADDED table=0 cookie=0x4d4d01 udp actions=output:7"));
        Assert.False(_own.Tells("event=ADDED table=0 cookie=0x4d4d01 udp actions=output:7"));
        _own.Expect([Delete]);
        Assert.True(_own.Tells("event=DELETED reason=delete table=0 cookie=0x4d4d01 udp actions=output:7"));
    }

    [Theory]
    [InlineData("event=DELETED reason=delete table=0 cookie=0x4d4d01 udp actions=output:7")]
    [InlineData("event=MODIFIED table=0 cookie=0x4d4d01 udp actions=drop")]
    [InlineData("event=ADDED table=0 cookie=0x4d4d02 udp actions=output:7")]
    [InlineData("event=ABBREV xid=0x5")]
    public void What_others_do_is_news(string said)
    {
        _own.Expect([Add]);
        Assert.False(_own.Tells(said));
    }

    [Fact]
    public void What_we_did_last_counts_and_what_failed_does_not()
    {
        _own.Expect([Delete]);
        _own.Expect([Add]);
        Assert.False(_own.Tells("event=DELETED reason=delete table=0 cookie=0x4d4d01 udp actions=output:7"));
        _own.Forget([Add]);
        Assert.False(_own.Tells("event=ADDED table=0 cookie=0x4d4d01 udp actions=output:7"));
    }
}
