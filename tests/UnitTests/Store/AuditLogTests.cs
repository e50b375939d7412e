using System.Text.Json;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.Trust;
using MeshMcp.HostBridge.Access;
using MeshMcp.HostBridge.Audit;
using MeshMcp.TestKit;
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
        var entries = Open().Search(new(10)).ToList();
        Assert.Equal(["fourth", "third", "second", "first"], entries.Select(e => e.Action));
        foreach (var (later, earlier) in entries.Zip(entries.Skip(1))) Assert.Equal(earlier.Hash, later.Previous);
        Assert.All(entries, e => Assert.Equal(AuditChain.HashOf(e), e.Hash));
        Assert.Equal([Path.ChangeExtension(Newest, ".heads"), Newest], Directory.GetFiles(_folder).Order());
    }

    [Fact]
    public async Task A_refusal_is_written_down_and_thrown_on()
    {
        var audit = Open();
        await Assert.ThrowsAsync<MeshException>(() => audit.AboutAsync(() => throw new MeshException(ErrorKind.PermissionDenied, "no delegate"), "apply", new(), MeshJson.Default.RollbackRequest,
            _ => Task.FromResult(new Outcome("done", 1))));
        Assert.Equal("refused, PermissionDenied: no delegate", audit.Search(new(1)).First().Outcome);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    AuditLog Open(long? largest = null) => new(_folder, "vps", TimeProvider.System, largest);

    [Fact]
    public async Task Those_since_a_moment_are_found_also_where_the_clock_was_set_back_between()
    {
        var clock = new HandClock();
        using var audit = new AuditLog(_folder, "vps", clock);
        await WriteAsync(audit, "long ago");
        clock.Pass(TimeSpan.FromDays(9));
        await WriteAsync(audit, "asked for");
        clock.Now -= TimeSpan.FromHours(3);
        await WriteAsync(audit, "set back");
        clock.Now += TimeSpan.FromHours(3);
        await WriteAsync(audit, "newest");
        Assert.Equal(["newest", "asked for"], audit.Search(new(Since: clock.Now)).Select(e => e.Action));
        Assert.Equal(["newest", "set back", "asked for", "long ago"], audit.Search(new(Since: clock.Now.AddDays(-9))).Select(e => e.Action));
    }

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
    public async Task An_entry_whose_end_of_line_was_lost_stays_and_the_next_one_is_a_line_of_its_own()
    {
        await WriteAsync("first");
        await WriteAsync("second");
        File.WriteAllText(Newest, File.ReadAllText(Newest).TrimEnd('\n'));

        await WriteAsync("third");

        using var audit = Open();
        Assert.Equal(["third", "second", "first"], audit.Search(new(10)).Select(e => e.Action));
        Assert.Empty(audit.Verify().Faults);
    }

    [Fact]
    public async Task What_is_taken_along_has_whole_lines_alone()
    {
        await WriteAsync("first");
        await File.AppendAllTextAsync(Newest, "{\"number\":2,\"at\"");

        Assert.Equal("first", AuditChain.Read(Assert.Single(Open().Lines()))!.Action);
    }

    [Fact]
    public async Task Heads_that_are_made_anew_speak_for_all_entries_that_there_are()
    {
        for (var i = 0; i < 5; i++) await WriteAsync($"call {i}");
        File.Delete(Path.ChangeExtension(Newest, ".heads"));
        await WriteAsync("after a start");
        Assert.Empty(Open().Verify().Faults);

        File.WriteAllLines(Newest, File.ReadAllLines(Newest)[2..]);

        Assert.NotEmpty(Open().Verify().Faults);
    }

    [Fact]
    public async Task A_new_file_is_begun_also_where_there_are_no_heads()
    {
        using var audit = Open(largest: 1000);
        await WriteAsync(audit, "call 0");
        File.Delete(Path.ChangeExtension(Newest, ".heads"));

        for (var i = 1; i < 10; i++)
        {
            await WriteAsync(audit, $"call {i}");
            File.Delete(Path.ChangeExtension(Newest, ".heads"));
        }

        Assert.Equal(10, audit.Search(new(20)).Count());
        Assert.True(Directory.GetFiles(_folder, "audit-*.jsonl").Length > 1);
    }

    [Fact]
    public async Task One_chain_goes_through_all_files_when_a_new_one_is_begun()
    {
        for (var i = 0; i < 20; i++) await WriteAsync($"call {i}", largest: 1000);

        Assert.True(Directory.GetFiles(_folder).Length > 4);
        var verdict = Open().Verify();
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

        Assert.Empty(Check(lines, last).Faults);
        Assert.Contains("entry 3: its hash", Assert.Single(Check([.. lines.Select(l => l.Replace("call 2", "call 9"))]).Faults).What);
        Assert.Contains("entry 4: it does not follow entry 2", Assert.Single(Check([.. lines.Where((_, i) => i != 2)]).Faults).What);
        Assert.Equal(["it is no entry: garbage, or a part of one", "entry 4: it does not follow entry 2: entries between were altered or taken away"], Check([.. lines.Select((l, i) => i == 2 ? "{" : l)]).Faults.Select(f => f.What));
        Assert.Contains("no entry has the hash", Assert.Single(Check([.. lines.SkipLast(1)], last).Faults).What);
        Assert.Empty(Check([.. lines.Skip(2)]).Faults);
    }

    [Fact]
    public async Task Whoever_alters_an_entry_and_its_hash_is_found_out_by_the_one_after_it()
    {
        for (var i = 0; i < 3; i++) await WriteAsync($"call {i}");
        var lines = Open().Lines().ToList();
        lines[1] = Forged(lines[1], e => e with { Caller = "nobody" });

        var fault = Assert.Single(Check(lines).Faults);
        Assert.Equal((3, "entry 3: it does not follow entry 2: entries between were altered or taken away"), (fault.Line, fault.What));
    }

    [Fact]
    public async Task Whoever_renumbers_entries_or_invents_a_beginning_is_found_out()
    {
        for (var i = 0; i < 3; i++) await WriteAsync($"call {i}");
        var lines = Open().Lines().ToList();

        Assert.Contains("it does not follow entry 2", Assert.Single(Check([lines[0], lines[1], Forged(lines[2], e => e with { Number = 4 })]).Faults).What);
        Assert.Contains("it is the first but says that another was before it", Assert.Single(Check([Forged(lines[1], e => e with { Number = 1 })]).Faults).What);
    }

    [Fact]
    public async Task Of_many_faults_the_first_twenty_are_told()
    {
        for (var i = 0; i < 30; i++) await WriteAsync($"call {i}");

        var verdict = Check([.. Open().Lines().Select(l => l.Replace("done", "gone"))]);
        Assert.Equal((20, 30L, 1L, 30L, 0), (verdict.Faults.Count, verdict.Entries, verdict.First, verdict.Last, verdict.Torn));
        Assert.Equal(Enumerable.Range(1, 20).Select(i => (long)i), verdict.Faults.Select(f => f.Line));
    }

    [Fact]
    public async Task Long_parameters_are_cut_and_kept_as_their_hash_and_short_ones_whole()
    {
        var audit = Open();
        foreach (var why in new[] { "short", new string('x', 1990), new string('x', 1991) })
            await audit.AboutAsync(() => new Caller("uid 0", Scope.Admin, true, null, default), "rollback", new RollbackRequest { Why = why }, MeshJson.Default.RollbackRequest, _ => Task.FromResult(new Outcome("done", 7, "4f1c09ab")));

        var entries = audit.Search(new(3)).ToList();
        Assert.Matches("^.{2000}… \\([0-9]{4} characters, sha256 [0-9a-f]{64}\\)$", entries[0].Parameters);
        Assert.Equal(2000, entries[1].Parameters.Length);
        Assert.Equal("""{"why":"short"}""", entries[2].Parameters);
        Assert.Equal((7, "4f1c09ab"), (entries[0].Generation, entries[0].Digest));
    }

    [Fact]
    public async Task A_fault_that_is_no_refusal_is_written_down_too_and_one_who_is_unknown_as_such()
    {
        var audit = Open();
        await Assert.ThrowsAsync<IOException>(() => audit.AboutAsync(() => new Caller("uid 7", Scope.Read, true, null, default), "apply", new(), MeshJson.Default.RollbackRequest, _ => throw new IOException("full")));
        await Assert.ThrowsAsync<MeshException>(() => audit.AboutAsync(() => throw new MeshException(ErrorKind.PermissionDenied, "no delegate"), "apply", new(), MeshJson.Default.RollbackRequest, _ => throw new IOException()));

        Assert.Equal([("unknown", "refused, PermissionDenied: no delegate"), ("uid 7", "failed: full")], audit.Search(new()).Select(e => (e.Caller, e.Outcome)));
        Assert.Equal("unknown", Assert.Single(audit.Search(new(Refused: true))).Caller);
    }

    [Fact]
    public async Task Thirty_one_files_are_kept_and_what_is_left_is_one_chain()
    {
        for (var i = 0; i < 40; i++) await WriteAsync($"call {i}", largest: 1);

        Assert.Equal(31, Directory.GetFiles(_folder, "*.jsonl").Length);
        var verdict = Open().Verify();
        Assert.Empty(verdict.Faults);
        Assert.Equal((31, 10L, 40L), (verdict.Entries, verdict.First, verdict.Last));
    }

    [Fact]
    public void Where_nothing_was_written_yet_there_is_nothing() => Assert.Empty(new AuditLog(Path.Combine(_folder, "not there"), "vps", TimeProvider.System).Search(new()));

    static AuditVerdict Check(IEnumerable<string> lines, string? holds = null) => AuditChain.Check(lines.Select(l => new AuditLine(l)), null, holds);

    static string Forged(string line, Func<AuditEntry, AuditEntry> forge)
    {
        var entry = forge(AuditChain.Read(line)!);
        return JsonSerializer.Serialize(entry with { Hash = AuditChain.HashOf(entry) }, MeshJson.Default.AuditEntry);
    }

    /// <summary>As an agent that was just started.</summary>
    Task WriteAsync(string action, long? largest = null) => WriteAsync(Open(largest), action);

    static Task WriteAsync(AuditLog audit, string action) => audit.AboutAsync(() => new Caller("uid 0", Scope.Admin, true, null, default), action, new RollbackRequest(), MeshJson.Default.RollbackRequest,
        _ => Task.FromResult(new Outcome("done", null)));
}
