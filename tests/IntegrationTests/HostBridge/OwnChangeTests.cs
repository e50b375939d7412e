using System.Diagnostics;
using System.Globalization;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Edits;
using MeshMcp.TestKit;
using Xunit;

namespace MeshMcp.IntegrationTests.HostBridge;

/// <summary>What a change of our own costs, counted by the programs that the real agent starts.</summary>
public sealed class OwnChangeTests
{
    const int Changes = 5, Flows = 200;

    static readonly string[] Containers = ["100", "101", "102", "103", "104"];

    /// <summary>Who looks again does so much sooner; the look now and then is much rarer.</summary>
    static readonly TimeSpan Quiet = TimeSpan.FromSeconds(3);

    static readonly TimeSpan Soon = TimeSpan.FromSeconds(20), Calm = TimeSpan.FromSeconds(60);

    static string State => $$"""
        {
          "bridge": { "address": "10.1.0.1/24", "datapath": "netdev" },
          "lxc": { "containers": [ {{string.Join(',', Containers.Select(c => $$"""{ "id": "{{c}}", "veth": "veth{{c}}", "properties": { "template": "none", "ipv4_address": "10.1.0.{{c}}/24" } }"""))}} ] },
          "openflow": { "bridges": { "mesh": { "flows": [ "priority=0,actions=drop", {{string.Join(',', Enumerable.Range(0, Flows).Select(i => $"\"priority=50,ip,nw_dst=10.1.9.{i},actions=output:veth{Containers[i % Containers.Length]}\""))}} ] } } }
        }
        """;

    [Fact]
    public async Task Adding_a_flow_starts_four_programs_and_no_healing_follows_it_and_listing_them_starts_one()
    {
        using var programs = new LoggedPrograms();
        await using var node = await PrivateNode.StartAsync([.. Containers.Select(c => $"veth{c}")]);
        await node.KillAgentAsync();
        node.Programs = programs.Folder;
        await node.StartAgentAsync();
        Assert.Null((await node.ApplyAsync(State)).Error);
        Assert.Equal(Flows + 1, (await node.FlowsAsync()).Count);
        // The watcher of the flows follows the bridge that has just been made.
        await Eventually.True(() => programs.Started.Any(p => p.StartsWith("ovs-ofctl", StringComparison.Ordinal) && p.Contains(" monitor ", StringComparison.Ordinal)), Soon, "flows are watched");
        // The kernel tells of the new devices for some seconds, which is looked at.
        await QuietAsync(programs);

        var counts = new List<int>();
        var began = programs.Started.Count;
        for (var i = 0; i < Changes; i++)
        {
            var before = programs.Started.Count;
            Assert.True((await node.ApplyAsync(new ChangeRequest { Edits = [new AddFlow($"priority=60,udp,tp_dst={1000 + i},actions=output:veth100")] })).Changed);
            counts.Add(programs.Started.Count - before);
        }
        // Nothing is to come: time must pass to see that.
        await Task.Delay(Quiet, TestContext.Current.CancellationToken);
        var started = programs.Started.Skip(began).ToList();

        TestContext.Current.TestOutputHelper?.WriteLine($"programs for each add_flow: {string.Join(' ', counts.Select(c => c.ToString(CultureInfo.InvariantCulture)))}; with what followed {started.Count} for {Changes}");
        Assert.All(started, p => Assert.StartsWith("ovs-ofctl ", p, StringComparison.Ordinal));
        Assert.True(started.Count <= 4 * Changes, string.Join('\n', started));
        Assert.Equal(Flows + 1 + Changes, (await node.FlowsAsync()).Count);

        // What is left of a flow for a while is told of the one in the switch's words, which a plan has asked for already.
        Assert.True((await node.ApplyAsync(new ChangeRequest { Edits = [new AddFlow("priority=61,ip,nw_dst=10.1.9.7/24,actions=drop")], For = "1h" })).Changed);
        await QuietAsync(programs);
        began = programs.Started.Count;
        for (var i = 0; i < Changes; i++) Assert.Single((await node.Client.FlowsAsync(TestContext.Current.CancellationToken)).Flows, f => f.SecondsLeft is not null);
        Assert.Equal(Changes, programs.Started.Count - began);
    }

    static async Task QuietAsync(LoggedPrograms programs)
    {
        var (seen, since) = (programs.Started.Count, Stopwatch.GetTimestamp());
        await Eventually.True(() =>
        {
            if (programs.Started.Count != seen) (seen, since) = (programs.Started.Count, Stopwatch.GetTimestamp());
            return Stopwatch.GetElapsedTime(since) > Quiet;
        }, Calm, "nothing starts any more");
    }
}
