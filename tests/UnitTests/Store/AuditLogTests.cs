using System.Text.Json;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.Trust;
using MeshMcp.HostBridge.Access;
using MeshMcp.HostBridge.Audit;
using Xunit;

namespace MeshMcp.UnitTests.Store;

public sealed class AuditLogTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("meshmcp-audit-").FullName;

    string Newest => Path.Combine(_folder, "audit.jsonl");

    [Fact]
    public async Task Every_entry_carries_the_hash_of_the_one_before_it_over_a_restart_and_a_torn_line()
    {
        await WriteAsync("first");
        await WriteAsync("second");
        await File.AppendAllTextAsync(Newest, "{\"number\":3,\"at\"");
        await WriteAsync("third");
        await WriteAsync("fourth");
        var entries = Open().Search(new(10));
        Assert.Equal(["fourth", "third", "second", "first"], entries.Select(e => e.Action));
        foreach (var (later, earlier) in entries.Zip(entries.Skip(1))) Assert.Equal(earlier.Hash, later.Previous);
        Assert.All(entries, e => Assert.Equal(AuditChain.HashOf(e), e.Hash));
    }

    [Fact]
    public async Task A_refusal_is_written_down_and_thrown_on()
    {
        var audit = Open();
        await Assert.ThrowsAsync<MeshException>(() => audit.AboutAsync(() => throw new MeshException(ErrorKind.PermissionDenied, "no delegate"), "apply", new(), MeshJson.Default.RollbackRequest,
            _ => Task.FromResult(new Outcome("done", 1))));
        Assert.Equal("refused, PermissionDenied: no delegate", audit.Search(new(1))[0].Outcome);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    AuditLog Open(long? largest = null) => new(_folder, "vps", TimeProvider.System, largest);

    [Fact]
    public async Task An_entry_on_disk_holds_what_its_hash_is_over_and_nothing_derived()
    {
        await WriteAsync("only");

        using var entry = JsonDocument.Parse(Assert.Single(await File.ReadAllLinesAsync(Newest)));
        Assert.Equal(["number", "at", "node", "caller", "action", "parameters", "outcome", "previous", "hash"], entry.RootElement.EnumerateObject().Select(p => p.Name));
    }

    [Fact]
    public async Task A_reader_sees_the_entries_there_were_when_it_began_whatever_is_written_meanwhile()
    {
        var audit = Open(largest: 1000);
        for (var i = 0; i < 6; i++) await WriteAsync(audit, $"call {i}");
        var lines = audit.Lines();
        for (var i = 6; i < 12; i++) await WriteAsync(audit, $"call {i}");

        Assert.Equal(Enumerable.Range(0, 6).Select(i => $"call {i}"), lines.Select(l => AuditChain.Read(l)!.Action));
    }

    [Fact]
    public async Task One_chain_goes_through_all_files_when_a_new_one_is_begun()
    {
        for (var i = 0; i < 20; i++) await WriteAsync($"call {i}", largest: 1000);

        Assert.True(Directory.GetFiles(_folder).Length > 3);
        var verdict = AuditChain.Check(Open().Lines());
        Assert.Empty(verdict.Faults);
        Assert.Equal((20, 1L, 20L), (verdict.Entries, verdict.First, verdict.Last));
        Assert.Equal("call 7", Assert.Single(Open().Search(new(Action: "call 7"))).Action);
        Assert.Equal(["call 19", "call 18"], Open().Search(new(2)).Select(e => e.Action));
        Assert.Equal(["call 4", "call 3"], Open().Search(new(2, Before: 6)).Select(e => e.Action));
    }

    [Fact]
    public async Task Whoever_alters_an_entry_or_takes_one_away_is_found_out()
    {
        for (var i = 0; i < 5; i++) await WriteAsync($"call {i}");
        var lines = Open().Lines().ToList();
        var last = AuditChain.Read(lines[^1])!.Hash;

        Assert.Empty(AuditChain.Check(lines, last).Faults);
        Assert.Contains("entry 3: its hash", Assert.Single(AuditChain.Check([.. lines.Select(l => l.Replace("call 2", "call 9"))]).Faults).What);
        Assert.Contains("entry 4: it does not follow entry 2", Assert.Single(AuditChain.Check([.. lines.Where((_, i) => i != 2)]).Faults).What);
        Assert.Contains("entry 4: it does not follow entry 2", Assert.Single(AuditChain.Check([.. lines.Select((l, i) => i == 2 ? "{" : l)]).Faults).What);
        Assert.Contains("no entry has the hash", Assert.Single(AuditChain.Check([.. lines.SkipLast(1)], last).Faults).What);
        Assert.Empty(AuditChain.Check([.. lines.Skip(2)]).Faults);
    }

    /// <summary>As an agent that was just started.</summary>
    Task WriteAsync(string action, long? largest = null) => WriteAsync(Open(largest), action);

    static Task WriteAsync(AuditLog audit, string action) => audit.AboutAsync(() => new Caller("uid 0", Scope.Admin, true, null, default), action, new RollbackRequest(), MeshJson.Default.RollbackRequest,
        _ => Task.FromResult(new Outcome("done", null)));
}
