using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Trust;
using MeshMcp.HostBridge.Access;
using Xunit;

namespace MeshMcp.UnitTests.Access;

public sealed class CeilingsTests
{
    static readonly MeshIdentity Server = new(MeshRole.Server, "mcp", new('a', 64));

    readonly Ceilings _ceilings = new(new()
    {
        Delegates = [new(Certificate: "server/mcp", Scope: Scope.Operate), new(Uid: 1000, Scope: Scope.Read, Systems: ["openflow"])],
    }, TimeProvider.System);

    [Fact]
    public void Root_on_the_socket_may_do_everything()
    {
        var root = Of(uid: 0);
        Assert.Equal((Scope.Admin, true, "uid 0"), (root.Scope, root.IsLocal, root.Name));
    }

    [Theory]
    [InlineData(1001u)]
    [InlineData(9575u)]
    public void Who_is_not_named_may_do_nothing(uint uid) => Assert.Equal(ErrorKind.PermissionDenied, Refused(() => Of(uid)).Kind);

    [Fact]
    public void A_certificate_that_is_not_named_may_do_nothing_although_the_relay_runs_as_root() =>
        Assert.Equal(ErrorKind.PermissionDenied, Refused(() => Of(0, Server with { Name = "other" })).Kind);

    [Theory]
    [InlineData(null, Scope.Operate)]
    [InlineData("read", Scope.Read)]
    [InlineData("operate", Scope.Operate)]
    [InlineData("admin", Scope.Operate)]
    public void What_a_server_passes_on_can_only_lower_its_ceiling(string? passed, Scope left) => Assert.Equal(left, Of(9575, Server, passed).Scope);

    [Theory]
    [InlineData("root")]
    [InlineData("7")]
    [InlineData("")]
    public void A_scope_that_is_none_is_refused(string passed) => Assert.Equal(ErrorKind.InvalidArgument, Refused(() => Of(9575, Server, passed)).Kind);

    [Fact]
    public void A_callers_name_cannot_forge_a_line() => Assert.Equal("evil via server/mcp", _ceilings.CallerOf(new(1, 9575, Server, 0), "evil%0A%1b", null).Name);

    [Fact]
    public void A_delegate_keeps_the_systems_it_was_given() => Assert.Equal(["openflow"], Of(1000).Systems!);

    [Theory]
    [InlineData(null, null, "server/mcp", null)]
    [InlineData("", "", "server/mcp", null)]
    [InlineData("alice", "add_flow", "alice via server/mcp", "add_flow")]
    [InlineData("alice", "add%0Aflow", "alice via server/mcp", "addflow")]
    public void Who_speaks_by_which_tool_is_kept(string? name, string? tool, string called, string? by)
    {
        var caller = _ceilings.CallerOf(new(1, 9575, Server, 0), name, null, tool);
        Assert.Equal((called, by, false), (caller.Name, caller.Tool, caller.IsLocal));
    }

    [Fact]
    public void A_name_is_cut_after_64_characters() => Assert.Equal($"{new string('x', 64)} via server/mcp", _ceilings.CallerOf(new(1, 9575, Server, 0), new('x', 100), null).Name);

    [Fact]
    public void Root_that_is_named_has_the_ceiling_it_was_given()
    {
        var ceilings = new Ceilings(new() { Delegates = [new(Uid: 0, Scope: Scope.Read)] }, TimeProvider.System);
        Assert.Equal(Scope.Read, ceilings.CallerOf(new(1, 0, null, 0), null, null).Scope);
    }

    Caller Of(uint uid, MeshIdentity? certificate = null, string? scope = null) => _ceilings.CallerOf(new(1, uid, certificate, 0), null, scope);

    static MeshError Refused(Func<Caller> call) => Assert.Throws<MeshException>(call).Error;
}
