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

/// <summary>Refusals are in the audit, and do not push out of it what others did.</summary>
public sealed class AuditRefusalTests : IDisposable
{
    static readonly Caller Stranger = new("server/mcp", Scope.Read, false, null, default) { Says = "mallory" };

    readonly string _folder = Directory.CreateTempSubdirectory("meshmcp-refusals-").FullName;
    readonly HandClock _clock = new();
    readonly AuditLog _audit;

    public AuditRefusalTests() => _audit = new(_folder, "vps", _clock);

    public void Dispose()
    {
        _audit.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Ten_thousand_refused_calls_are_one_line_at_once_and_one_a_minute()
    {
        for (var minute = 0; minute < 5; minute++, _clock.Now += TimeSpan.FromMinutes(1))
            for (var i = 0; i < 2_000; i++) await RefuseAsync(Stranger, "apply");
        await RefuseAsync(Stranger, "apply");

        var entries = _audit.Search(new()).ToList();
        Assert.Equal(6, entries.Count);
        Assert.All(entries, e => Assert.Equal(("server/mcp", "mallory", true), (e.Caller, e.Says, e.Refused)));
        Assert.Equal("refused, PermissionDenied: no", entries[^1].Outcome);
        Assert.Matches("^refused 2000 times more since [0-9:]{8}Z, the last: refused, PermissionDenied: no$", entries[0].Outcome);
        Assert.Equal(10_000, entries.SkipLast(1).Sum(e => int.Parse(e.Outcome.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture)));
    }

    [Fact]
    public async Task Who_is_counted_already_is_counted_under_his_own_name_however_many_come_after_him()
    {
        await RefuseAsync(Stranger, "apply");
        for (var i = 0; i < 100; i++) await RefuseAsync(Stranger with { Says = $"crowd {i}" }, "apply");
        await RefuseAsync(Stranger, "apply");
        _audit.Dispose();

        Assert.Contains(_audit.Search(new()), e => e.Says == "mallory" && e.Outcome.StartsWith("refused 1 times more", StringComparison.Ordinal));
        Assert.Contains(_audit.Search(new()), e => e.Caller == "others");
    }

    [Fact]
    public async Task Who_was_quiet_for_a_minute_makes_room_for_others()
    {
        for (var i = 0; i < 64; i++) await RefuseAsync(Stranger with { Says = $"crowd {i}" }, "apply");
        _clock.Now += TimeSpan.FromMinutes(1);
        for (var i = 0; i < 64; i++) await RefuseAsync(Stranger with { Says = $"later {i}" }, "apply");

        Assert.Equal(128, _audit.Search(new(200)).Count(e => e.Says is not null));
        Assert.DoesNotContain(_audit.Search(new(200)), e => e.Caller == "others");
    }

    [Fact]
    public async Task Each_callers_first_of_each_kind_is_a_line_of_its_own()
    {
        await RefuseAsync(Stranger, "apply");
        await RefuseAsync(Stranger, "rollback");
        await RefuseAsync(Stranger with { Says = "eve" }, "apply");
        await RefuseAsync(Stranger, "apply", ErrorKind.InvalidArgument);
        await RefuseAsync(Stranger, "apply");
        Assert.Equal(4, _audit.Search(new()).Count());
    }

    [Fact]
    public async Task One_who_varies_what_he_is_refused_gets_ten_lines()
    {
        for (var i = 0; i < 50; i++) await RefuseAsync(Stranger, $"GET /v1/{i}");
        Assert.Equal(10, _audit.Search(new()).Count());
    }

    [Fact]
    public async Task So_do_all_of_a_crowd_together_beyond_the_first_sixty_four()
    {
        for (var i = 0; i < 1000; i++) await RefuseAsync(Stranger with { Says = $"n{i}" }, "apply");
        Assert.InRange(_audit.Search(new(Limit: 10_000)).Count(), 64, 64 + 10);
    }

    [Fact]
    public async Task What_was_counted_is_told_when_the_agent_ends()
    {
        for (var i = 0; i < 3; i++) await RefuseAsync(Stranger, "apply");
        _audit.Dispose();
        Assert.StartsWith("refused 2 times more", _audit.Search(new()).First().Outcome);
    }

    [Fact]
    public async Task What_is_done_is_a_line_each()
    {
        for (var i = 0; i < 5; i++) await _audit.AboutAsync(() => Stranger, "apply", new(), MeshJson.Default.RollbackRequest, _ => Task.FromResult(new Outcome("done", i)));
        Assert.Equal(5, _audit.Search(new()).Count());
    }

    [Fact]
    public async Task Who_searches_holds_up_nobody_who_writes()
    {
        for (var i = 0; i < 5; i++) await RefuseAsync(Stranger with { Says = $"n{i}" }, "apply");
        using var search = _audit.Search(new()).GetEnumerator();
        Assert.True(search.MoveNext());
        using var export = _audit.Lines().GetEnumerator();
        Assert.True(export.MoveNext());

        await Task.Run(() => RefuseAsync(Stranger with { Says = "later" }, "apply"), TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

        var seen = 1;
        while (search.MoveNext()) seen++;
        Assert.Equal(5, seen);
    }

    Task<MeshException> RefuseAsync(Caller caller, string action, ErrorKind kind = ErrorKind.PermissionDenied) =>
        Assert.ThrowsAsync<MeshException>(() => _audit.AboutAsync(() => caller, action, new(), MeshJson.Default.RollbackRequest, _ => throw new MeshException(kind, "no")));
}
