using MeshMcp.Bench.Peers;
using MeshMcp.Bench.Reporting;
using MeshMcp.Bench.Scenarios;

namespace MeshMcp.Bench;

/// <summary>Runs the scenarios in rounds. In each round every contender has its turn, and each round begins with another one, so that a slow minute of the machine hits all alike.</summary>
static class Contest
{
    public static async Task<Report> RunAsync(Sizes sizes, CancellationToken ct)
    {
        var programs = PeerPrograms.FromEnvironment();
        await using var mesh = await MeshUnderTest.OpenAsync(ct);
        await using var servers = await PeerServers.StartAsync(programs, ct);
        await using var flows = await SingleFlows.OpenAsync(mesh, ct);
        await using var bulk = await ManyFlows.OpenAsync(mesh, ct);
        Scenario[] scenarios = [flows.Scenario, bulk.Scenario(sizes), EchoCalls.Scenario(servers), ReadCalls.Scenario(mesh, servers), Memory.Scenario(mesh, servers)];

        var before = MachineFacts.Load();
        var ledger = new Ledger();
        for (var round = 0; round <= sizes.Rounds; round++)
            foreach (var scenario in scenarios)
            {
                Console.Error.WriteLine($"{(round == 0 ? "warming up" : $"round {round} of {sizes.Rounds}")}: {scenario.What}");
                for (var turn = 0; turn < scenario.Contenders.Count; turn++)
                {
                    var contender = scenario.Contenders[(turn + round) % scenario.Contenders.Count];
                    ct.ThrowIfCancellationRequested();
                    var readings = await contender.MeasureAsync(round == 0 ? Sizes.Quick : sizes, ct);
                    if (round > 0) ledger.Add(scenario, contender, readings);
                }
            }
        return new(MachineFacts.Read(before), await ToolVersions.ReadAsync(mesh, programs, ct), sizes, ledger.Rows(scenarios));
    }
}
