using MeshMcp.HostBridge.Access;
using Xunit;

namespace MeshMcp.UnitTests.Access;

public sealed class PlacesTests
{
    readonly Places _places = new();

    [Fact]
    public void Who_has_all_that_he_may_gets_no_more_until_he_gives_one_back()
    {
        var first = _places.TryTake(("a", 2));
        Assert.NotNull(_places.TryTake(("a", 2)));
        Assert.Null(_places.TryTake(("a", 2)));
        Assert.NotNull(_places.TryTake(("b", 2)));

        first!.Dispose();
        first.Dispose();
        Assert.NotNull(_places.TryTake(("a", 2)));
        Assert.Null(_places.TryTake(("a", 2)));
    }

    [Fact]
    public void Of_several_all_are_taken_or_none()
    {
        Assert.NotNull(_places.TryTake(("all", 2), ("a", 1)));
        Assert.Null(_places.TryTake(("all", 2), ("a", 1)));
        Assert.NotNull(_places.TryTake(("all", 2), ("b", 1)));
        Assert.Null(_places.TryTake(("all", 2), ("c", 1)));
    }
}
