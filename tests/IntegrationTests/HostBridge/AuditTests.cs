using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Errors;
using MeshMcp.IntegrationTests.Cli;
using MeshMcp.TestKit;
using Xunit;

namespace MeshMcp.IntegrationTests.HostBridge;

/// <summary>The audit of a real agent, by the wire and by the command line.</summary>
public sealed class AuditTests : IDisposable
{
    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("meshmcp-audit-");

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_is_searched_taken_along_and_found_out_when_a_line_of_it_was_altered()
    {
        await using var node = await PrivateNode.StartAsync();
        await node.ApplyAsync("""{"bridge":{"datapath":"netdev"},"openflow":{"bridges":{"mesh":{"flows":["priority=0,actions=drop"]}}}}""");
        await Assert.ThrowsAsync<MeshException>(() => node.ApplyAsync(new ChangeRequest { Edits = [new AddFlow("priority=5,nonsense,actions=drop")] }));
        await node.ApplyAsync(new ChangeRequest { Edits = [new AddFlow("priority=5,tcp,actions=drop")] });

        Assert.Equal([3, 2, 1], (await node.Client.AuditAsync(new(), Ct)).Select(e => e.Number));
        Assert.Equal(2, Assert.Single(await node.Client.AuditAsync(new(Refused: true), Ct)).Number);
        Assert.Equal([3, 1], (await node.Client.AuditAsync(new(Text: "Confirmed"), Ct)).Select(e => e.Number));
        var verdict = await node.Client.AuditVerdictAsync(null, Ct);
        Assert.Equal((3, 3L), (verdict.Entries, verdict.Last));

        var copy = Path.Combine(_folder.FullName, "audit.jsonl");
        Assert.Equal((0, ""), await Without(LocalMeshctl.RunAsync(node, "audit", "export", copy)));
        Assert.Equal(await File.ReadAllTextAsync(Path.Combine(node.State, "audit.jsonl"), Ct), await File.ReadAllTextAsync(copy, Ct));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(copy));
        Assert.Contains("exists", (await LocalMeshctl.RunAsync(node, "audit", "export", copy)).Error);
        Assert.Equal((0, ""), await Without(LocalMeshctl.RunAsync(node, "audit", "verify", copy, "--holds", verdict.LastHash!)));

        var altered = Path.Combine(node.State, "audit.jsonl");
        await File.WriteAllTextAsync(altered, (await File.ReadAllTextAsync(altered, Ct)).Replace("refused, InvalidArgument", "Confirmed", StringComparison.Ordinal), Ct);
        var (code, output, error) = await LocalMeshctl.RunAsync(node, "audit", "verify");
        Assert.Equal(1, code);
        Assert.Contains("entry 2: its hash is not that of its content", output);
        Assert.Contains("not whole", error);
    }

    static async Task<(int, string)> Without(Task<(int Code, string Output, string Error)> run) => ((await run).Code, (await run).Error);

    public void Dispose() => _folder.Delete(recursive: true);
}
