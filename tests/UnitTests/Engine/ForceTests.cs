using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Trust;
using MeshMcp.HostBridge.Access;
using Xunit;

namespace MeshMcp.UnitTests.Engine;

/// <summary>What certainly cuts the node off is refused; an admin may force it, and must confirm it all the same.</summary>
public sealed class ForceTests
{
    static readonly ChangeRequest Cutting = ModelNode.Add(ModelSystem.Cutting);
    static readonly Caller Operator = new("server/vps", Scope.Operate, false, null, TimeSpan.Zero) { Says = "operator" }, Limited = ModelNode.Root with { Systems = ["openflow"] };

    [Fact]
    public async Task A_change_that_cuts_is_refused_before_anything_is_done_and_its_plan_says_so()
    {
        using var node = new ModelNode();
        await node.Apply(ModelNode.Declare("10"));

        var refusal = (await Assert.ThrowsAsync<MeshException>(() => node.Apply(Cutting))).Error;

        Assert.Equal(ErrorKind.Conflict, refusal.Kind);
        Assert.Contains("this would cut the agent", refusal.Message, StringComparison.Ordinal);
        Assert.Equal("10", node.Ports());
        Assert.Null(node.Store.Generations.Find(2));
        var plan = await node.Engine.PlanAsync(Cutting, ModelNode.Root, CancellationToken.None);
        Assert.Contains(plan.Findings, f => f.Message.StartsWith("It would be refused: add ", StringComparison.Ordinal));
        Assert.Equal(["the agent (cut)"], plan.Blast!.Paths!);
    }

    [Fact]
    public async Task Forced_by_an_admin_it_is_done_and_waits_for_its_confirmation()
    {
        using var node = new ModelNode();
        await node.Apply(ModelNode.Declare("10"));

        var end = await node.Apply(Cutting with { Force = true });

        Assert.Equal(GenerationStatus.AwaitingConfirmation, end.Generation!.Status);
        node.Wind(61);
        await node.Engine.UndoOverdueAsync();
        Assert.Equal("10", node.Ports());
    }

    [Fact]
    public async Task Nobody_else_may_force_anything()
    {
        using var node = new ModelNode();
        foreach (var caller in new[] { Operator, Limited })
            Assert.Equal(ErrorKind.PermissionDenied, (await Assert.ThrowsAsync<MeshException>(() => node.Apply(Cutting with { Force = true }, caller))).Error.Kind);
        Assert.Equal("", node.Ports());
    }

    [Fact]
    public async Task What_a_rollback_to_an_earlier_generation_would_cut_is_refused_too()
    {
        using var node = new ModelNode();
        var forced = await node.Apply(ModelNode.Declare(ModelSystem.Cutting) with { Force = true });
        node.Engine.Confirm(forced.Generation!.Number, new(), ModelNode.Root);
        await node.Apply(ModelNode.Declare("10") with { Force = true });
        node.Engine.Confirm(2, new(), ModelNode.Root);

        Assert.Equal(ErrorKind.Conflict, (await Assert.ThrowsAsync<MeshException>(() => node.Rollback(1))).Error.Kind);
    }
}
