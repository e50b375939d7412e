using System.Text.Json.Nodes;
using MeshMcp.Lab;
using MeshMcp.Tasks;
using MeshMcp.TestKit;

namespace MeshMcp.Clients.Steps;

/// <summary>All steps, in the order of the table.</summary>
sealed class Script(MeshLab lab, LabState state)
{
    /// <summary>Made and purged by the step "approval".</summary>
    public const string Container = "112";

    const string Far = "oo1424oo", Near = "vps", Flow = "priority=150,udp,tp_dst=9123,actions=drop", Managing = "priority=160,tcp,in_port=LOCAL,nw_dst=10.1.0.200,tp_dst=9573,actions=output:veth200";
    const string Topology = "mesh://topology", Runbook = "Go down layer by layer";

    static readonly IReadOnlyList<string> Both = ["2 of 2 nodes answer", Near, Far];

    static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    public IReadOnlyList<Step> Steps =>
    [
        // What it is told before it asks anything: the definitions of our tools, and the server's instructions.
        new("tools", Listed) { Read = s => s.Definitions, Wrong = s => s.Definitions == 0 ? "the model is given none of our tools" : Lacks(s, "Start with list_nodes") },
        new("list", Listed),
        new("change", client =>
        [
            new(client.Tool("add_flow"), new() { ["node"] = Far, ["flow"] = Flow }, "done and verified") { Looks = [Table(Far, "tp_dst=9123", null)] },
            new(client.Tool("delete_flow"), new() { ["node"] = Far, ["flow"] = "udp,tp_dst=9123" }, "done and verified") { Looks = [Table(Far, null, "tp_dst=9123")] },
        ]),
        new("refused", client =>
        [
            new(client.Tool("add_flow"), new() { ["node"] = Far, ["flow"] = "udp,tp_dts=53,actions=drop" }, "tp_dst"),
            new(client.Tool("add_flow"), new() { ["node"] = Near, ["flow"] = "priority=65000,actions=drop" }, "this would cut 9573 of container 200") { Looks = [Table(Near, null, "priority=65000")] },
        ]),
        new("confirmed", client =>
        [
            Touching(client, "add_flow"), Confirming(client) with { Looks = [Table(Near, "priority=160", null)] },
            Touching(client, "delete_flow"), Confirming(client) with { Looks = [Table(Near, null, "priority=160")] },
        ]) { Afterwards = LetGoAsync },
        new("restarted", client => [Nodes(client), Nodes(client) with { Before = RestartAsync, Says = client.BeginsAnew ? Both : ["Session not found", "Nothing was done; the client must connect again"] }])
        {
            Limit = client => client.BeginsAnew ? null : "begins no new session by itself: its model is told that the client must connect again",
        },
        new("approval", Approval)
        {
            Afterwards = PurgeAsync,
            Limit = client => client.Asks switch
            {
                Asks.User => null,
                Asks.Nobody => "declines by itself, without a terminal: its model is told the way that is left",
                _ => "cannot ask its user: its model is told to, and calls again with the plan's digest",
            },
        },
        new("long", client =>
        [
            new(client.Tool("container_exec"), new() { ["node"] = Near, ["id"] = "202", ["command"] = new JsonArray("seq", "1", "10000") }, "exit code 0", "characters in the middle are left out", "10000"),
        ]),
        new("resource", client =>
        [
            new(client.ListResources, [], Topology),
            new(client.ReadResource, client.ResourceArguments(Topology), "veth102", "nm-server"),
        ]),
        new("prompt", _ => [])
        {
            Limit = client => client.Prompt("", "") is null ? "has no prompts" : null,
            Says = client => client.Prompt("diagnose_node", Far), Wrong = s => Lacks(s, Runbook),
            Read = s => s.Texts.Where(t => t.Contains(Runbook, StringComparison.Ordinal)).Sum(t => t.Length),
        },
        new("untrusted", _ => [])
        {
            Trusts = false, Read = s => s.Definitions,
            Wrong = s => s.Definitions > 0 || s.Texts.Any(t => t.Contains("Start with list_nodes", StringComparison.Ordinal)) ? "it connects to a server whose authority it was not given" : null,
        },
    ];

    StepCall Nodes(RealClient client) => new(client.Tool("list_nodes"), [], Both) { Before = ReadyAsync };

    IReadOnlyList<StepCall> Listed(RealClient client) => [Nodes(client)];

    /// <summary>The server closes the connection that the answer comes by: the confirmation must come by another.</summary>
    static StepCall Touching(RealClient client, string tool) =>
        new(client.Tool(tool), new() { ["node"] = Near, ["flow"] = Managing }, "confirm_change") { Keep = new Dictionary<string, string> { ["generation"] = @"generation\D{1,3}(\d+)" } };

    /// <summary>Clients keep several connections; one that is older than the change is closed with the answer that it does not count.</summary>
    static StepCall Confirming(RealClient client) =>
        new(client.Tool("confirm_change"), new() { ["node"] = Near, ["generation"] = "${generation:number}" }, "is kept") { Again = "This connection closes with this answer" };

    static IReadOnlyList<StepCall> Approval(RealClient client)
    {
        StepCall made = new(client.Tool("create_container"), new() { ["node"] = Near, ["id"] = Container, ["template"] = "busybox" }, "done and verified");
        StepCall asked = new(client.Tool("delete_container"), new() { ["node"] = Near, ["id"] = Container, ["purge"] = true });
        string[] approved = ["purge its files", "done and verified"];
        Look there = new(Near, ["lxc-ls", "-1"], [Container]), gone = new(Near, ["env", "meshctl", "container", "list"], null, [Container]);
        return client.Asks switch
        {
            Asks.User => [made, asked with { Says = approved, Looks = [gone] }],
            Asks.Nobody => [made, asked with { Says = ["The client declined at once", "Nothing was done", "do it on the node"], Looks = [there] }],
            _ =>
            [
                made,
                asked with { Says = ["cannot be undone", "Nothing was done yet", "Ask the user"], Looks = [there], Keep = new Dictionary<string, string> { ["digest"] = """approve\W+([0-9a-f]{8,})""" } },
                asked with { Arguments = new() { ["node"] = Near, ["id"] = Container, ["purge"] = true, ["approve"] = "${digest}" }, Says = approved, Looks = [gone] },
            ],
        };
    }

    static Look Table(string node, string? has, string? lacks) => new(node, ["ovs-ofctl", "dump-flows", "mesh"], has is null ? null : [has], lacks is null ? null : [lacks]);

    static string? Lacks(Models.Session session, string words) => session.Texts.Any(t => t.Contains(words, StringComparison.Ordinal)) ? null : $"the model does not read '{words}'";

    /// <summary>Comes back when the new server answers.</summary>
    async Task RestartAsync(CancellationToken ct)
    {
        // On a busy machine something may answer too late; then nothing was done.
        await Eventually.True(async () => await lab.In(Near, "env", "meshctl", "container", "restart", "200").TextAsync(ct: ct) is not null, Soon, "container 200 restarts", ct);
        await ReadyAsync(ct);
    }

    /// <summary>The server and both nodes answer.</summary>
    public Task ReadyAsync(CancellationToken ct) => Eventually.True(async () =>
    {
        await using var client = await ToolClient.ConnectAsync(state, null, ct);
        return await client.CallAsync(new("list_nodes", Says: ["2 of 2 nodes answer"]), ct) is null;
    }, Soon, "the server and both nodes answer", ct);

    public const string Address = "https://203.0.113.10:9573/mcp";

    async Task LetGoAsync(CancellationToken ct)
    {
        // Nothing waits, and the flow is gone, where all went well.
        await lab.In(Near, "env", "meshctl", "rollback").RunAsync(ct: ct);
        if (!(await lab.In(Near, "ovs-ofctl", "dump-flows", "mesh").TextAsync(ct: ct)).Contains("priority=160", StringComparison.Ordinal)) return;
        await lab.In(Near, "env", "meshctl", "flow", "delete", Managing).TextAsync(ct: ct);
        await lab.In(Near, "env", "meshctl", "confirm").RunAsync(ct: ct);
    }

    async Task PurgeAsync(CancellationToken ct)
    {
        var (_, listed, _) = await lab.In(Near, "lxc-ls", "-1").RunAsync(ct: ct);
        if (!listed.Split('\n').Contains(Container)) return;
        await lab.In(Near, "env", "meshctl", "container", "delete", Container).TextAsync(ct: ct);
        await lab.In(Near, "env", "meshctl", "container", "purge", Container).TextAsync(ct: ct);
    }
}
