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
    }, new(Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString())), TimeProvider.System);

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
    public void A_callers_name_cannot_forge_a_line() => Assert.Equal("server/mcp (says: evil)", _ceilings.CallerOf(new(1, 9575, Server, 0), "evil%0A%1b", null).Name);

    [Theory]
    [InlineData("uid 0")]
    [InlineData("server/mcp")]
    [InlineData("x) uid 0 (says: y")]
    [InlineData("\u202eroot")]
    public void What_is_said_never_looks_like_what_is_proven(string said)
    {
        var caller = _ceilings.CallerOf(new(1, 9575, Server, 0), Uri.EscapeDataString(said), null);
        Assert.Equal("server/mcp", caller.Proven);
        Assert.Matches(@"^server/mcp \(says: [A-Za-z0-9._:@ -]+\)$", caller.Name);
    }

    [Fact]
    public void Whoever_may_do_nothing_is_named_by_his_refusal()
    {
        var refusal = Assert.Throws<StrangerException>(() => _ceilings.CallerOf(new(1, 9575, Server with { Name = "evil" }, 0), "root", "admin"));
        Assert.Equal(("server/evil", "root"), (refusal.Caller.Proven, refusal.Caller.Says));
    }

    [Theory]
    [InlineData(0u, false, null, true)]
    [InlineData(0u, false, "operate", false)]
    [InlineData(0u, true, null, false)]
    [InlineData(1000u, false, null, false)]
    public void Root_is_who_is_local_and_user_0_and_an_admin(uint uid, bool overRelay, string? scope, bool isRoot) =>
        Assert.Equal(isRoot, Of(uid, overRelay ? Server : null, scope).IsRoot);

    /// <summary>All of it together, and nothing less.</summary>
    [Theory]
    [MemberData(nameof(Callers))]
    public void Root_lacks_none_of_what_makes_root(Caller caller, int lacks) => Assert.Equal(lacks == 0, caller.IsRoot);

    public static TheoryData<Caller, int> Callers()
    {
        var all = new TheoryData<Caller, int>();
        foreach (var local in new[] { true, false })
            foreach (var user in new[] { "uid 0", "uid 1" })
                foreach (var scope in Enum.GetValues<Scope>())
                    foreach (var systems in new string[]?[] { null, ["openflow"] })
                        all.Add(new(user, scope, local, systems, default), (local ? 0 : 1) + (user == "uid 0" ? 0 : 1) + (scope == Scope.Admin ? 0 : 1) + (systems is null ? 0 : 1));
        return all;
    }

    [Theory]
    [InlineData(Scope.Admin, false, true)]
    [InlineData(Scope.Admin, true, false)]
    [InlineData(Scope.Operate, false, false)]
    [InlineData(Scope.Read, false, false)]
    public void Only_an_admin_without_limits_forces_and_who_does_not_force_is_not_asked(Scope scope, bool limited, bool may)
    {
        var caller = new Caller("server/mcp", scope, false, limited ? ["openflow"] : null, default);
        Assert.Same(caller, caller.Forcing(false));
        Assert.Equal(may, Record.Exception(() => caller.Forcing(true)) is null);
    }

    [Fact]
    public void Who_was_revoked_may_do_nothing_and_is_named_by_his_refusal()
    {
        var file = Path.GetTempFileName();
        try
        {
            var revocations = new Revocations(file + ".revoked");
            var ceilings = new Ceilings(new() { Delegates = [new(Certificate: "server/mcp", Scope: Scope.Operate)] }, revocations, TimeProvider.System);
            revocations.Revoke(CertificateAuthority.Create("mesh", TimeSpan.FromDays(10), TimeProvider.System), Server.Fingerprint);

            var refusal = Assert.Throws<StrangerException>(() => ceilings.CallerOf(new(1, 9575, Server, 0), null, "operate"));

            Assert.Equal(("server/mcp", Scope.Read), (refusal.Caller.Proven, refusal.Caller.Scope));
            Assert.Empty(refusal.Caller.Systems!);
            Assert.Equal(Scope.Operate, ceilings.CallerOf(new(1, 9575, Server with { Fingerprint = new('b', 64) }, 0), null, "operate").Scope);
        }
        finally
        {
            File.Delete(file);
            File.Delete(file + ".revoked");
        }
    }

    [Fact]
    public void A_delegate_keeps_the_systems_it_was_given() => Assert.Equal(["openflow"], Of(1000).Systems!);

    [Theory]
    [InlineData(null, null, "server/mcp", null)]
    [InlineData("", "", "server/mcp", null)]
    [InlineData("alice", "add_flow", "server/mcp (says: alice)", "add_flow")]
    [InlineData("alice", "add%0Aflow", "server/mcp (says: alice)", "addflow")]
    public void Who_speaks_by_which_tool_is_kept(string? name, string? tool, string called, string? by)
    {
        var caller = _ceilings.CallerOf(new(1, 9575, Server, 0), name, null, tool);
        Assert.Equal((called, by, false), (caller.Name, caller.Tool, caller.IsLocal));
    }

    [Fact]
    public void A_name_is_cut_after_64_characters() => Assert.Equal($"server/mcp (says: {new string('x', 64)})", _ceilings.CallerOf(new(1, 9575, Server, 0), new('x', 100), null).Name);

    [Fact]
    public void Root_that_is_named_has_the_ceiling_it_was_given()
    {
        var ceilings = new Ceilings(new() { Delegates = [new(Uid: 0, Scope: Scope.Read)] }, new(Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString())), TimeProvider.System);
        Assert.Equal(Scope.Read, ceilings.CallerOf(new(1, 0, null, 0), null, null).Scope);
    }

    Caller Of(uint uid, MeshIdentity? certificate = null, string? scope = null) => _ceilings.CallerOf(new(1, uid, certificate, 0), null, scope);

    static MeshError Refused(Func<Caller> call) => Assert.ThrowsAny<MeshException>(call).Error;
}
