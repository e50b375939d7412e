using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Trust;
using MeshMcp.HostBridge.Access;
using Xunit;

namespace MeshMcp.UnitTests.Access;

public sealed class CallerTests
{
    [Theory]
    [InlineData(Scope.Read, Scope.Read, true)]
    [InlineData(Scope.Read, Scope.Operate, false)]
    [InlineData(Scope.Operate, Scope.Operate, true)]
    [InlineData(Scope.Operate, Scope.Admin, false)]
    [InlineData(Scope.Admin, Scope.Admin, true)]
    [InlineData(Scope.Admin, Scope.Read, true)]
    public void A_scope_includes_those_below_it_and_no_other(Scope has, Scope needs, bool may) => Assert.Equal(may, May(Of(has), needs, null));

    [Fact]
    public void Whoever_is_limited_to_systems_may_change_these_and_neither_others_nor_what_can_be_anything()
    {
        var limited = Of(Scope.Operate, "openflow", "uplink");

        Assert.True(May(limited, Scope.Operate, ["openflow"]));
        Assert.True(May(limited, Scope.Operate, ["openflow", "uplink"]));
        Assert.False(May(limited, Scope.Operate, ["lxc"]));
        Assert.False(May(limited, Scope.Operate, ["openflow", "lxc"]));
        // A whole document, a rollback.
        Assert.False(May(limited, Scope.Operate, null));
        Assert.False(May(limited, Scope.Admin, ["openflow"]));
    }

    [Fact]
    public void Whoever_is_limited_to_nothing_may_change_everything()
    {
        Assert.True(May(Of(Scope.Operate), Scope.Operate, ["lxc"]));
        Assert.True(May(Of(Scope.Operate), Scope.Operate, null));
    }

    static Caller Of(Scope scope, params string[] systems) => new("uid 7", scope, true, systems.Length == 0 ? null : systems, default);

    static bool May(Caller caller, Scope scope, IReadOnlyList<string>? sections)
    {
        var refusal = Record.Exception(() => caller.Require(scope, sections));
        if (refusal is not null) Assert.Equal(ErrorKind.PermissionDenied, Assert.IsType<MeshException>(refusal).Error.Kind);
        return refusal is null;
    }
}
