using Microsoft.Extensions.Logging.Abstractions;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Engine;
using Xunit;

namespace MeshMcp.UnitTests.Engine;

/// <summary>Whoever applies or approves a plan names it by its digest: it is of this plan and of no other.</summary>
public sealed class PlanDigestTests
{
    static readonly PlannedStep Step = new("openflow", "flows of mesh", "add 1 flow", Details: ["+ priority=1,tcp,tp_dst=80,actions=drop"]);

    [Fact]
    public async Task Two_plans_that_add_one_flow_each_have_different_digests() =>
        Assert.NotEqual(await DigestOf(Step), await DigestOf(Step with { Details = ["+ priority=1,tcp,tp_dst=81,actions=drop"] }));

    [Fact]
    public async Task All_that_a_step_says_counts_and_so_does_how_many_there_are_and_their_order()
    {
        PlannedStep other = Step with { Target = "flows of other" };
        string[] digests =
        [
            await DigestOf(), await DigestOf(Step), await DigestOf(other), await DigestOf(Step with { Summary = "add 2 flows" }), await DigestOf(Step with { TouchesManagement = true }),
            await DigestOf(Step with { System = "bridge" }), await DigestOf(Step, other), await DigestOf(other, Step), await DigestOf(Step, Step),
        ];

        Assert.Equal(digests, digests.Distinct());
        Assert.All(digests, d => Assert.Matches("^[0-9a-f]{16}$", d));
        Assert.Equal(digests[6], await DigestOf(Step, other));
    }

    [Fact]
    public async Task A_plan_of_another_digest_is_refused_and_nothing_is_done()
    {
        using var node = new ModelNode();
        var digest = await DigestOf(Step);
        var refusal = await Assert.ThrowsAsync<MeshException>(() => node.Apply(ModelNode.Declare("10", digest: digest)));
        Assert.Equal(ErrorKind.Conflict, refusal.Error.Kind);
        Assert.Equal("", node.Ports());
    }

    static async Task<string> DigestOf(params PlannedStep[] steps) =>
        (await new Planner([new GivenSystem(steps)], TimeProvider.System, NullLogger<Planner>.Instance).PlanAsync(new NodeState(), new HashSet<string> { "lame" }, TestContext.Current.CancellationToken)).Plan.Digest;

    /// <summary>Plans what it is given.</summary>
    sealed class GivenSystem(IReadOnlyList<PlannedStep> steps) : BlindableSystem
    {
        public override Task<SystemPlan> PlanAsync(NodeState desired, CancellationToken ct) =>
            Task.FromResult(new SystemPlan(s => s, [.. steps.Select(s => new Step(s, _ => Task.CompletedTask))], []));
    }
}
