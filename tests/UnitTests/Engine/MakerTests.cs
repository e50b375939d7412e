using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Trust;
using MeshMcp.HostBridge.Access;
using Xunit;

namespace MeshMcp.UnitTests.Engine;

/// <summary>A change that waits is its maker's.</summary>
public sealed class MakerTests
{
    static Caller Over(string name, Scope scope = Scope.Operate, IReadOnlyList<string>? systems = null) => new("server/vps", scope, false, systems, TimeSpan.Zero) { Says = name };

    static async Task<ModelNode> WaitingAsync()
    {
        var node = new ModelNode();
        await node.Apply(ModelNode.Declare("10"));
        Assert.Equal(GenerationStatus.AwaitingConfirmation, (await node.Apply(ModelNode.Declare("20", confirmWithin: 30), Over("alice"))).Generation!.Status);
        node.Wind(1);
        return node;
    }

    [Fact]
    public async Task Nobody_else_confirms_or_extends_it_and_an_admin_only_by_saying_so()
    {
        using var node = await WaitingAsync();
        foreach (var other in new[] { Over("mallory"), Over("root", Scope.Admin), ModelNode.Root })
            foreach (var request in new ConfirmRequest[] { new() { CallerReconnected = true }, new() { Extend = 60 } })
                Assert.Equal(ErrorKind.PermissionDenied, Assert.Throws<MeshException>(() => node.Engine.Confirm(2, request, other)).Error.Kind);
        Assert.Equal(ErrorKind.PermissionDenied, Assert.Throws<MeshException>(() => node.Engine.Confirm(2, new() { OfAnother = true }, Over("mallory"))).Error.Kind);

        Assert.Equal(GenerationStatus.Confirmed, node.Engine.Confirm(2, new() { OfAnother = true }, Over("root", Scope.Admin)).Status);
    }

    [Fact]
    public async Task Another_undoes_it_only_by_naming_it()
    {
        using var node = await WaitingAsync();
        Assert.Equal(ErrorKind.PermissionDenied, (await Assert.ThrowsAsync<MeshException>(() => ModelNode.End(node.Engine.Rollback(new(), Over("mallory"))))).Error.Kind);
        Assert.Equal(ErrorKind.Conflict, (await Assert.ThrowsAsync<MeshException>(() => ModelNode.End(node.Engine.Rollback(new() { Only = 1 }, Over("alice"))))).Error.Kind);
        Assert.Equal("20", node.Ports());

        Assert.Equal(GenerationStatus.RolledBack, (await ModelNode.End(node.Engine.Rollback(new() { Only = 2 }, Over("mallory")))).Generation!.Status);
        Assert.Equal("10", node.Ports());
    }

    [Fact]
    public async Task An_admin_undoes_whatever_waits()
    {
        using var node = await WaitingAsync();

        Assert.Equal(GenerationStatus.RolledBack, (await ModelNode.End(node.Engine.Rollback(new(), Over("root", Scope.Admin)))).Generation!.Status);
        Assert.Equal("10", node.Ports());
    }

    [Fact]
    public async Task A_delegate_with_few_systems_may_end_his_own_change_and_those_of_his_systems()
    {
        using var node = await WaitingAsync();
        Assert.Equal([], node.Engine.SectionsToEnd(2, Over("alice", systems: ["openflow"])));
        Assert.Equal(["openflow"], node.Engine.SectionsToEnd(2, Over("bob", systems: ["lxc"])));
        Assert.Null(node.Engine.SectionsToEnd(99, Over("bob", systems: ["lxc"])));
    }

    [Fact]
    public async Task What_arrived_in_time_counts_however_late_it_is_read()
    {
        using var node = await WaitingAsync();
        var arrived = node.Engine.Now;
        node.Wind(60);
        Assert.Equal(ErrorKind.Conflict, Assert.Throws<MeshException>(() => node.Engine.Confirm(2, new(), Over("alice"))).Error.Kind);
        Assert.Equal(GenerationStatus.Confirmed, node.Engine.Confirm(2, new(), Over("alice"), arrived).Status);
        await node.Engine.UndoOverdueAsync();
        Assert.Equal("20", node.Ports());
    }

    [Fact]
    public async Task Once_it_is_being_undone_nobody_confirms_it()
    {
        using var node = await WaitingAsync();
        var arrived = node.Engine.Now;
        node.Wind(60);
        node.System.BeforeStep = _ => throw new MeshException(ErrorKind.CommandFailed, "not now");
        await node.Engine.UndoOverdueAsync();
        Assert.Equal(ErrorKind.Conflict, Assert.Throws<MeshException>(() => node.Engine.Confirm(2, new(), Over("alice"), arrived)).Error.Kind);
    }
}
