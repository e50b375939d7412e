using MeshMcp.TestKit;
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
    static readonly PlannedStep _step = new("openflow", "flows of mesh", "add 1 flow", Details: ["+ priority=1,tcp,tp_dst=80,actions=drop"]);

    [Fact]
    public async Task Two_plans_that_add_one_flow_each_have_different_digests() =>
        Assert.NotEqual(await DigestOf(_step), await DigestOf(_step with { Details = ["+ priority=1,tcp,tp_dst=81,actions=drop"] }));

    [Fact]
    public async Task All_that_a_step_says_counts_and_so_does_how_many_there_are_and_their_order()
    {
        PlannedStep other = _step with { Target = "flows of other" };
        string[] digests =
        [
            await DigestOf(Array.Empty<PlannedStep>()), await DigestOf(_step), await DigestOf(other), await DigestOf(_step with { Summary = "add 2 flows" }), await DigestOf(_step with { TouchesManagement = true }),
            await DigestOf(_step with { System = "bridge" }), await DigestOf(_step, other), await DigestOf(other, _step), await DigestOf(_step, _step),
        ];

        Assert.Equal(digests, digests.Distinct());
        Assert.All(digests, d => Assert.Matches("^[0-9a-f]{16}$", d));
        Assert.Equal(digests[6], await DigestOf(_step, other));
    }

    [Fact]
    public async Task A_plan_of_another_digest_is_refused_and_nothing_is_done()
    {
        using var node = new ModelNode();
        var digest = await DigestOf(_step);
        var refusal = await Assert.ThrowsAsync<MeshException>(() => node.Apply(ModelNode.Declare("10", digest: digest)));
        Assert.Equal(ErrorKind.Conflict, refusal.Error.Kind);
        Assert.Equal("", node.Ports());
    }

    /// <summary>Documents that one system plans the same few words for.</summary>
    public static TheoryData<string, string> OtherContents() => new()
    {
        { """{ "files": [ { "path": "/etc/motd", "content": "A" } ] }""", """{ "files": [ { "path": "/etc/motd", "content": "B" } ] }""" },
        { """{ "files": [ { "path": "/etc/motd", "content": "A" } ] }""", """{ "files": [ { "path": "/etc/motd", "content": "A", "mode": "0700" } ] }""" },
        { """{ "dns": [ "9.9.9.9" ] }""", """{ "dns": [ "1.1.1.1" ] }""" },
        { """{ "services": [ { "name": "web", "port": 80, "command": [ "httpd" ] } ] }""", """{ "services": [ { "name": "web", "port": 80, "command": [ "nc" ] } ] }""" },
        { """{ "mounts": [ { "source": "/srv/a", "target": "/a" } ] }""", """{ "mounts": [ { "source": "/srv/b", "target": "/a" } ] }""" },
    };

    [Theory, MemberData(nameof(OtherContents))]
    public async Task The_digest_of_one_document_does_not_carry_out_another_whose_plan_reads_the_same(string a, string b)
    {
        using var node = new ModelNode();
        var (one, other) = (With(a), With(b));
        var (planned, else_) = (await node.Engine.PlanAsync(one, ModelNode.Root, default), await node.Engine.PlanAsync(other, ModelNode.Root, default));
        Assert.Equal(planned.Steps.Select(s => s.Summary), else_.Steps.Select(s => s.Summary));

        var refusal = await Assert.ThrowsAsync<MeshException>(() => node.Apply(other with { ExpectedDigest = planned.Digest }));
        Assert.Equal((ErrorKind.Conflict, ""), (refusal.Error.Kind, node.Ports()));
        Assert.Equal(GenerationStatus.Confirmed, (await node.Apply(one with { ExpectedDigest = planned.Digest })).Generation!.Status);

        static ChangeRequest With(string properties) => new()
        {
            Declared = System.Text.Json.JsonDocument.Parse($$"""
                { "openflow": { "bridges": { "mesh": { "flows": [ "priority=1,tcp,tp_dst=10,actions=drop" ] } } },
                  "lxc": { "containers": [ { "id": "100", "veth": "veth100", "properties": {{properties}} } ] } }
                """).RootElement,
        };
    }

    [Fact]
    public async Task What_a_step_writes_or_takes_away_counts_though_it_reads_the_same()
    {
        var digests = await Task.WhenAll(new[] { null, "one container 105", "one made anew as 105" }.Select(b => DigestOf(new Step(_step, _ => Task.CompletedTask) { Binds = b })));
        Assert.Equal(digests, digests.Distinct());
    }

    [Fact]
    public async Task A_plan_is_of_the_secrets_that_it_names_as_they_were()
    {
        using var node = new ModelNode { Before = [new NamingSystem()] };
        node.Boot("with a system that names a secret");
        node.Secrets.Put("motd", SecretKind.File, "one content");
        var planned = await node.Engine.PlanAsync(ModelNode.Declare("10"), ModelNode.Root, default);

        node.Secrets.Put("motd", SecretKind.File, "other content");
        var refusal = await Assert.ThrowsAsync<MeshException>(() => node.Apply(ModelNode.Declare("10", digest: planned.Digest)));
        Assert.Equal((ErrorKind.Conflict, ""), (refusal.Error.Kind, node.Ports()));

        node.Secrets.Put("motd", SecretKind.File, "one content");
        Assert.Equal(GenerationStatus.Confirmed, (await node.Apply(ModelNode.Declare("10", digest: planned.Digest))).Generation!.Status);
    }

    static Task<string> DigestOf(params PlannedStep[] steps) => DigestOf([.. steps.Select(s => new Step(s, _ => Task.CompletedTask))]);

    static async Task<string> DigestOf(params Step[] steps) =>
        (await new Planner([new GivenSystem(steps)], HandClock.Still, NullLogger<Planner>.Instance).PlanAsync(new NodeState(), new HashSet<string> { "lame" }, TestContext.Current.CancellationToken)).Plan.Digest;

    /// <summary>Names a secret, and has nothing to do.</summary>
    sealed class NamingSystem : BlindableSystem
    {
        public override bool Differs(NodeState a, NodeState b) => true;

        public override IEnumerable<(string Path, string? Reference, SecretKind Kind)> Secrets(NodeState state) => [("lame.secret", "secret:motd", SecretKind.File)];

        public override Task<SystemPlan> PlanAsync(NodeState desired, CancellationToken ct) => Task.FromResult(new SystemPlan(s => s, [], []));
    }

    /// <summary>Plans what it is given.</summary>
    sealed class GivenSystem(IReadOnlyList<Step> steps) : BlindableSystem
    {
        public override Task<SystemPlan> PlanAsync(NodeState desired, CancellationToken ct) =>
            Task.FromResult(new SystemPlan(s => s, steps, []));
    }
}
