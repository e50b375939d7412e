using System.Diagnostics;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Errors;
using MeshMcp.HostBridge.Store;
using MeshMcp.Lab;
using MeshMcp.TestKit;
using Xunit;

namespace MeshMcp.IntegrationTests.HostBridge;

/// <summary>The disk under the agent's memory lets it down.</summary>
public sealed class StateFolderTests
{
    static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    static string Flows(int port) => """{"bridge":{"datapath":"netdev"},"openflow":{"bridges":{"mesh":{"flows":["priority=0,actions=drop","priority=5,tcp,tp_dst=PORT,actions=drop"]}}}}""".Replace("PORT", $"{port}", StringComparison.Ordinal);

    static Task<string> RunAsync(params IReadOnlyList<string> words) => new Command(null, words).TextAsync();

    [Fact]
    public async Task On_a_full_or_read_only_disk_a_change_is_refused_with_the_reason_and_the_next_one_works_when_there_is_room()
    {
        if (!Environment.IsPrivilegedProcess) Assert.Skip("needs root to mount a small file system");
        await using var node = await PrivateNode.StartAsync();
        await node.ApplyAsync(Flows(1));
        await node.KillAgentAsync();
        var kept = node.State + ".kept";
        Directory.Move(node.State, kept);
        Directory.CreateDirectory(node.State);
        await RunAsync("mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", node.State);
        try
        {
            await RunAsync("cp", "-a", kept + "/.", node.State);
            await node.StartAgentAsync();
            await Eventually.True(async () => (await node.FlowsAsync()).Count == 2, Soon, "the flows are there");

            var ballast = Path.Combine(node.State, "ballast");
            await File.WriteAllBytesAsync(ballast, new byte[2_500_000], TestContext.Current.CancellationToken);
            var full = (await Assert.ThrowsAsync<MeshException>(() => node.ApplyAsync(Flows(2)))).Error;
            Assert.Equal(ErrorKind.Unavailable, full.Kind);
            Assert.Contains("KiB are free", full.Message);
            Assert.Contains(await node.FlowsAsync(), f => f.Contains("tp_dst=1", StringComparison.Ordinal));
            Assert.Contains((await node.Client.CheckupAsync(default)).Checks, c => c.What == "disk");
            File.Delete(ballast);

            await node.KillAgentAsync();
            await RunAsync("mount", "-o", "remount,ro", node.State);
            await node.StartAgentAsync();
            var locked = (await Assert.ThrowsAsync<MeshException>(() => node.ApplyAsync(Flows(2)))).Error;
            Assert.Equal(ErrorKind.Unavailable, locked.Kind);
            Assert.Contains("Read-only file system", locked.Message);
            Assert.Contains(await node.FlowsAsync(), f => f.Contains("tp_dst=1", StringComparison.Ordinal));
            Assert.Contains((await node.Client.CheckupAsync(default)).Checks, c => c.Says.Contains("The state folder cannot be written", StringComparison.Ordinal));
            await RunAsync("mount", "-o", "remount,rw", node.State);

            Assert.Equal(GenerationStatus.Confirmed, (await node.ApplyAsync(Flows(2))).Generation!.Status);
            Assert.Contains(await node.FlowsAsync(), f => f.Contains("tp_dst=2", StringComparison.Ordinal));
        }
        finally
        {
            await node.KillAgentAsync();
            await RunAsync("umount", node.State);
        }
    }

    [Fact]
    public async Task A_disk_that_fills_up_while_a_change_waits_neither_keeps_it_from_being_undone_in_time_nor_the_status_from_saying_so()
    {
        if (!Environment.IsPrivilegedProcess) Assert.Skip("needs root to mount a small file system");
        await using var node = await PrivateNode.StartAsync();
        await node.KillAgentAsync();
        await RunAsync("mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", node.State);
        try
        {
            await node.StartAgentAsync();
            await node.ApplyAsync(Flows(1));
            var pending = (await node.ApplyAsync(Flows(2), confirmWithin: 5)).Generation!;
            var since = Stopwatch.StartNew();
            var ballast = Path.Combine(node.State, "ballast");
            Fill(ballast);

            var clock = Stopwatch.StartNew();
            var status = await node.Client.StatusAsync(default);
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(2.5), $"the status took {clock.Elapsed}");
            Assert.Contains(status.Findings, f => f.Message.Contains("The disk is full", StringComparison.Ordinal));
            // It would not last: it is told, and the change stays one that waits.
            Assert.Contains("No space left", (await Assert.ThrowsAsync<MeshException>(() => node.Client.ConfirmAsync(pending.Number, new(), default))).Message, StringComparison.Ordinal);
            await Eventually.True(async () => (await node.FlowsAsync()).Any(f => f.Contains("tp_dst=1 ", StringComparison.Ordinal)), Soon, "it is undone");
            var late = since.Elapsed.TotalSeconds - 5;
            TestContext.Current.TestOutputHelper?.WriteLine($"a full disk: undone {late:0.00} s after the deadline");
            Assert.InRange(late, -1, 2);
            Assert.Equal(ErrorKind.Conflict, (await Assert.ThrowsAsync<MeshException>(() => node.ApplyAsync(Flows(3)))).Error.Kind);

            File.Delete(ballast);
            await Eventually.True(async () => (await node.Client.GenerationAsync(pending.Number, default)).Status == GenerationStatus.RolledBack, Soon, "it is written down");
            Assert.Equal(GenerationStatus.Confirmed, (await node.ApplyAsync(Flows(3))).Generation!.Status);
        }
        finally
        {
            await node.KillAgentAsync();
            await RunAsync("umount", node.State);
        }
    }

    static void Fill(string file)
    {
        using var ballast = new FileStream(file, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        try
        {
            for (var page = new byte[4096]; ; ) ballast.Write(page);
        }
        catch (IOException)
        {
            // Full.
        }
    }

    [Fact]
    public async Task What_cannot_be_read_is_kept_aside_and_the_node_goes_on_with_the_last_generation_that_is_whole()
    {
        await using var node = await PrivateNode.StartAsync();
        await node.ApplyAsync(Flows(1));
        await node.ApplyAsync(Flows(2));
        await node.KillAgentAsync();
        var journal = Path.Combine(node.State, "journal.jsonl");
        // The line that began generation 2: the last one but its end.
        var lines = await File.ReadAllLinesAsync(journal, TestContext.Current.CancellationToken);
        lines[^2] = "{ \"gener";
        await File.WriteAllLinesAsync(journal, lines, TestContext.Current.CancellationToken);

        await node.StartAgentAsync();

        await GoesOnWithTheFirstAsync(node);
        Assert.StartsWith("{ \"gener\n", await File.ReadAllTextAsync(journal + ".corrupt", TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_document_in_a_file_of_its_own_that_cannot_be_read_is_kept_aside_too()
    {
        await using var node = await PrivateNode.StartAsync();
        await node.ApplyAsync(Flows(1));
        await node.ApplyAsync(Flows(2));
        var digest = (await node.Client.StatusAsync(default)).Generation!.Declared;
        await node.KillAgentAsync();
        // Written anew, as when it has become long, it has its documents beside it.
        _ = new NodeStore(node.State, largest: 0);
        var file = Path.Combine(node.State, "declared", digest + ".json");
        await File.WriteAllTextAsync(file, "{ \"gener", TestContext.Current.CancellationToken);

        await node.StartAgentAsync();

        await GoesOnWithTheFirstAsync(node);
        Assert.Equal("{ \"gener", await File.ReadAllTextAsync(file + ".corrupt", TestContext.Current.CancellationToken));
    }

    static async Task GoesOnWithTheFirstAsync(PrivateNode node)
    {
        var status = await node.Client.StatusAsync(default);
        Assert.Equal(1, status.Generation!.Number);
        Assert.Contains(status.Findings, f => f.Path == "store" && f.Message.Contains(".corrupt could not be read", StringComparison.Ordinal) && f.Message.Contains("generation 1,", StringComparison.Ordinal));
        await Eventually.True(async () => (await node.FlowsAsync()).Any(f => f.Contains("tp_dst=1", StringComparison.Ordinal)), Soon, "the flows are those of generation 1");
        Assert.True((await node.ApplyAsync(Flows(3))).Generation!.Number > 2);
    }

    [Fact]
    public async Task A_line_of_edits_lost_from_the_middle_takes_the_node_back_to_before_it_and_says_so()
    {
        await using var node = await PrivateNode.StartAsync();
        await node.ApplyAsync(Flows(1));
        for (var port = 11; port <= 13; port++)
            await node.ApplyAsync(new ChangeRequest { Edits = [new Contracts.Edits.AddFlow($"priority=7,tcp,tp_dst={port},actions=drop", "mesh")] });
        await node.KillAgentAsync();
        var path = Path.Combine(node.State, "journal.jsonl");
        var lines = await File.ReadAllLinesAsync(path, TestContext.Current.CancellationToken);
        // Of generation 3: the second edit.
        var lost = Array.FindIndex(lines, l => l.Contains("tp_dst=12,", StringComparison.Ordinal));
        lines[lost] = lines[lost][..20];
        await File.WriteAllLinesAsync(path, lines, TestContext.Current.CancellationToken);

        await node.StartAgentAsync();

        Assert.Equal(2, (await node.Client.StatusAsync(default)).Generation!.Number);
        Assert.Contains((await node.Client.StatusAsync(default)).Findings, f => f.Path == "store");
    }
}
