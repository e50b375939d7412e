using System.Text;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.Trust;
using MeshMcp.HostBridge.Access;
using MeshMcp.HostBridge.Audit;
using Xunit;

namespace MeshMcp.UnitTests.Store;

/// <summary>Whatever somebody does to the files of an audit, it is told: by the agent that runs, by a check of the files without it, and by an agent that starts on them.</summary>
public sealed class AuditTamperingTests : IAsyncLifetime
{
    const int Entries = 20;

    readonly string _folder = Directory.CreateTempSubdirectory("meshmcp-tampering-").FullName;
    string _older = "";
    AuditLog _running = null!;

    string Newest => Path.Combine(_folder, "audit.jsonl");
    string[] Rotated => [.. Directory.GetFiles(_folder, "audit-*.jsonl").Order(StringComparer.Ordinal)];
    string HeadsFile => Path.Combine(_folder, "audit.heads");

    public async ValueTask InitializeAsync()
    {
        _running = Open();
        for (var i = 0; i < Entries; i++)
        {
            await WriteAsync(_running, $"call {i}");
            if (i == Entries - 3) _older = await File.ReadAllTextAsync(Newest);
        }
        Assert.True(Rotated.Length == 2 && Lines(Newest).Length >= 5);
    }

    public ValueTask DisposeAsync()
    {
        _running.Dispose();
        Directory.Delete(_folder, recursive: true);
        return default;
    }

    static readonly Dictionary<string, Action<AuditTamperingTests>> All = new()
    {
        ["cut tail"] = t => t.Change(l => l[..^2]),
        ["cut head"] = t => File.WriteAllLines(t.Rotated[0], Lines(t.Rotated[0])[2..]),
        ["half line"] = t => t.Change(l => [.. l[..^1]], after: "{\"number\":20,\"at\":\"2026-"),
        ["emptied file"] = t => File.WriteAllText(t.Newest, ""),
        ["missing file"] = t => File.Delete(t.Newest),
        ["garbage line"] = t => t.Change(l => [.. l[..2], "garbage", .. l[2..]]),
        ["duplicate key"] = t => t.Change(l => [l[0], l[1].Replace("{\"number\"", "{\"outcome\":\"done\",\"number\"", StringComparison.Ordinal), .. l[2..]]),
        ["reformatted line"] = t => t.Change(l => [l[0], l[1].Replace("\",\"", "\", \"", StringComparison.Ordinal), .. l[2..]]),
        ["changed field"] = t => t.Change(l => [l[0], l[1].Replace("uid 0", "uid 7", StringComparison.Ordinal), .. l[2..]]),
        ["removed line"] = t => t.Change(l => [l[0], .. l[2..]]),
        ["swapped lines"] = t => t.Change(l => [l[0], l[2], l[1], .. l[3..]]),
        ["inserted line"] = t => t.Change(l => [l[0], l[1], Forged(l[1], l[0]), .. l[2..]]),
        ["older copy"] = t => File.WriteAllText(t.Newest, t._older),
        ["rotated file missing"] = t => File.Delete(t.Rotated[0]),
        ["later rotated file missing"] = t => File.Delete(t.Rotated[1]),
        ["rotated file replaced"] = t => File.Copy(t.Rotated[1], t.Rotated[0], overwrite: true),
        ["heads removed"] = t => File.Delete(t.HeadsFile),
        ["heads emptied"] = t => File.WriteAllText(t.HeadsFile, ""),
        ["truncated in the middle"] = t =>
        {
            using var file = File.OpenHandle(t.Newest, FileMode.Open, FileAccess.Write);
            RandomAccess.SetLength(file, RandomAccess.GetLength(file) / 2);
        },
        ["last end of a line taken away"] = t => t.Change(l => l[..^1], after: Lines(t.Newest)[^1]),
        ["written anew with hashes that fit"] = t => t.Change(Chained),
        ["one more at the end whose hash fits"] = t => t.Change(l => [.. l, Forged(l[^1], l[^1])]),
    };

    public static TheoryData<string> Ways => [.. All.Keys];

    [Theory, MemberData(nameof(Ways))]
    public async Task It_is_noticed(string way)
    {
        Assert.Empty(_running.Verify().Faults);
        Assert.Empty(new AuditTrail(Newest).Verify().Faults);

        All[way](this);

        Assert.NotEmpty(_running.Verify().Faults);
        var offline = new AuditTrail(Newest).Verify();
        // That entry could be one whose head a crash was too quick for: it is counted.
        if (way == "one more at the end whose hash fits") Assert.Equal(1, offline.After);
        else Assert.NotEmpty(offline.Faults);

        using var next = Open();
        await WriteAsync(next, "after a start");
        Assert.True(next.Verify().Faults.Count > 0 || way.Contains("heads", StringComparison.Ordinal) || way.StartsWith("last end", StringComparison.Ordinal) || way.StartsWith("one more", StringComparison.Ordinal), $"{way} is forgotten after a start");
        if (way.Contains("heads", StringComparison.Ordinal)) Assert.Contains(next.Search(new(Action: "audit")), e => e.Outcome.StartsWith("there were no heads", StringComparison.Ordinal));
    }

    [Fact]
    public void Cut_together_with_its_heads_it_is_noticed_by_the_agent_that_runs_and_by_heads_that_were_exported()
    {
        var kept = AuditHeads.Parse(_running.ExportHeads(null));
        Change(l => l[..^2]);
        File.WriteAllLines(HeadsFile, Lines(HeadsFile)[..^2]);

        Assert.Empty(new AuditTrail(Newest).Verify().Faults);
        Assert.NotEmpty(_running.Verify().Faults);
        Assert.NotEmpty(new AuditTrail(Newest).Verify(kept).Faults);
    }

    [Fact]
    public void Exported_heads_are_signed_by_the_nodes_key_and_altered_ones_are_told_apart()
    {
        using var authority = CertificateAuthority.Create("mesh", TimeSpan.FromDays(10), TimeProvider.System);
        var node = authority.Issue(MeshRole.Node, "vps", [], TimeSpan.FromDays(1));
        using var signer = System.Security.Cryptography.X509Certificates.X509Certificate2.CreateFromPem(node.CertificatePem, node.KeyPem);
        var text = _running.ExportHeads(signer);

        var heads = AuditHeads.Parse(text)!;
        Assert.Equal(("mesh://node/vps", null, null), (heads.SignedBy?.ToString(), heads.SignatureFault, heads.SignerOf(TrustStore.FromPem(authority.CertificatePem))));
        Assert.Empty(new AuditTrail(Newest).Verify(heads).Faults);

        var altered = AuditHeads.Parse(text.Replace("\n20 ", "\n19 ", StringComparison.Ordinal))!;
        Assert.NotNull(altered.SignatureFault);
        Assert.NotEmpty(new AuditTrail(Newest).Verify(altered).Faults);
        var longer = AuditHeads.Parse($"{text}3 {AuditChain.Beginning}\n")!;
        Assert.Equal((heads.Last, false), (longer.Last, longer.SignatureFault is null));
        Assert.NotNull(longer.SignerOf(TrustStore.FromPem(authority.CertificatePem)));
        using var other = CertificateAuthority.Create("mesh", TimeSpan.FromDays(10), TimeProvider.System);
        Assert.NotNull(heads.SignerOf(TrustStore.FromPem(other.CertificatePem)));
        Assert.NotNull(AuditHeads.Parse(_running.ExportHeads(null))!.SignerOf(TrustStore.FromPem(authority.CertificatePem)));
    }

    [Fact]
    public void A_file_that_is_only_called_alike_is_none_of_the_audit()
    {
        foreach (var name in new[] { "audit-x.jsonl", "audit-old.jsonl", "audit-12.jsonl", "audit-.jsonl" }) File.WriteAllText(Path.Combine(Path.GetDirectoryName(Newest)!, name), "{}\n");

        Assert.Empty(new AuditTrail(Newest).Verify().Faults);
        Assert.Empty(_running.Verify().Faults);
    }

    [Fact]
    public async Task What_a_crash_leaves_is_no_fault_and_the_chain_goes_on()
    {
        _running.Dispose();
        // Cut off in the middle of a line; and an entry whose head was not written any more.
        await File.AppendAllTextAsync(Newest, "{\"number\":21,\"at\"");
        File.WriteAllLines(HeadsFile, Lines(HeadsFile)[..^1]);
        var verdict = new AuditTrail(Newest).Verify();
        Assert.Equal((0, 1, 1L), (verdict.Faults.Count, verdict.Torn, verdict.After));

        using var next = Open();
        await WriteAsync(next, "after the crash");
        Assert.Equal((0, 0, 21L), next.Verify() is var after ? (after.Faults.Count, after.Torn, after.Entries) : default);
        Assert.Empty(new AuditTrail(Newest).Verify().Faults);
    }

    [Fact]
    public void All_of_it_gone_is_noticed_and_its_heads_are_nobody_elses_to_read()
    {
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(HeadsFile));
        foreach (var file in new[] { Newest, HeadsFile }.Concat(Rotated)) File.Delete(file);
        Assert.NotEmpty(_running.Verify().Faults);
    }

    [Fact]
    public async Task After_a_start_it_is_told_which_entries_are_gone()
    {
        _running.Dispose();
        Change(l => l[..^2]);
        using var next = Open();
        await WriteAsync(next, "after a start");
        Assert.Equal("entries 19 to 20 were not there", next.Search(new(Action: "audit")).Single().Outcome);
    }

    [Fact]
    public void A_first_entry_of_another_number_is_none_though_it_follows_nothing_and_its_hash_fits()
    {
        var entry = AuditChain.Read(Lines(Rotated[0])[0])! with { Number = 5 };
        entry = entry with { Hash = AuditChain.HashOf(entry) };
        Assert.Contains("should be entry 1", Assert.Single(AuditChain.Check([new(AuditChain.Written(entry))], new([AuditHead.None])).Faults).What, StringComparison.Ordinal);
    }

    [Fact]
    public void An_entry_that_no_head_knows_and_that_has_no_end_is_what_a_crash_left()
    {
        var lines = Lines(Rotated[0]);
        var first = AuditChain.Read(lines[0])!;
        var verdict = AuditChain.Check([new(lines[0]), new(lines[1], Whole: false)], new([AuditHead.None, new(first.Number, first.Hash)]));
        Assert.Equal((0, 1, 1L), (verdict.Faults.Count, verdict.Torn, verdict.Entries));
    }

    [Fact]
    public async Task Files_beyond_those_that_are_kept_are_no_fault()
    {
        using var log = new AuditLog(Path.Combine(_folder, "many"), "vps", TimeProvider.System, 1);
        Directory.CreateDirectory(Path.Combine(_folder, "many"));
        for (var i = 0; i < 40; i++)
        {
            await WriteAsync(log, $"call {i}");
            Assert.Empty(log.Verify().Faults);
        }
        var trail = new AuditTrail(Path.Combine(_folder, "many", "audit.jsonl"));
        Assert.Equal((0, 10L, 40L), trail.Verify() is var verdict ? (verdict.Faults.Count, verdict.First, verdict.Last) : default);
        File.Delete(trail.Older()[0]);
        Assert.NotEmpty(trail.Verify().Faults);
    }

    void Change(Func<string[], IEnumerable<string>> change, string after = "") => File.WriteAllText(Newest, string.Concat(change(Lines(Newest)).Select(l => l + "\n")) + after, new UTF8Encoding(false));

    static string[] Lines(string file) => File.ReadAllLines(file);

    /// <summary>A true entry by its own hash, that follows another.</summary>
    static string Forged(string like, string before)
    {
        var (entry, previous) = (AuditChain.Read(like)!, AuditChain.Read(before)!);
        entry = entry with { Number = previous.Number + 1, Previous = previous.Hash, Action = "forged" };
        return AuditChain.Written(entry with { Hash = AuditChain.HashOf(entry) });
    }

    /// <summary>The second is another, and all that follow are made to fit.</summary>
    static IEnumerable<string> Chained(string[] lines)
    {
        var before = AuditChain.Read(lines[0])!;
        yield return lines[0];
        foreach (var line in lines[1..])
        {
            var entry = AuditChain.Read(line)! with { Caller = "uid 7", Previous = before.Hash };
            before = entry with { Hash = AuditChain.HashOf(entry) };
            yield return AuditChain.Written(before);
        }
    }

    AuditLog Open() => new(_folder, "vps", TimeProvider.System, 2000);

    static Task WriteAsync(AuditLog audit, string action) => audit.AboutAsync(() => new Caller("uid 0", Scope.Admin, true, null, default), action, new RollbackRequest(), MeshJson.Default.RollbackRequest,
        _ => Task.FromResult(new Outcome("done", null)));
}
