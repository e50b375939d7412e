using System.Text.RegularExpressions;
using MeshMcp.HostBridge.Host;

namespace MeshMcp.HostBridge.Network;

/// <summary>Our one table of nftables, for both families, by <c>nft</c> on standard input: replaced as a whole in one transaction. Others' tables are read, never touched.</summary>
public sealed partial class Nft(ICommandRunner commands)
{
    public const string Table = "meshmcp";

    /// <summary>A table that is named before it is deleted need not be there. That of IPv4 alone was 0.1.0's.</summary>
    const string Deleted = $"table ip {Table} {{}}\ndelete table ip {Table}\ntable inet {Table} {{}}\ndelete table inet {Table}\n";

    /// <summary>Our table as nft lists it, and everybody's base chains.</summary>
    public async Task<NftView> ReadAsync(CancellationToken ct)
    {
        // Two runs: in one, nft lists the chains of our table only.
        var chains = RunAsync("list chains\n", [0], ct);
        var own = await RunAsync($"list table inet {Table}\n", [0, 1], ct);
        return new(own.ExitCode == 0 ? own.Output : null, DroppingForward((await chains).Output));
    }

    /// <param name="body">What is inside the table.</param>
    public Task ReplaceAsync(string body, CancellationToken ct) =>
        RunAsync($"{Deleted}table inet {Table} {{\n{body}}}\n", [0], ct);

    public Task DeleteAsync(CancellationToken ct) => RunAsync(Deleted, [0], ct);

    /// <summary>Packets that met each rule with a comment and a counter.</summary>
    public async Task<IReadOnlyDictionary<string, (long Packets, long Bytes)>> CountersAsync(CancellationToken ct)
    {
        var counters = new Dictionary<string, (long, long)>();
        var listing = await commands.RunAsync(Command.Of("nft", "list", "table", "inet", Table) with { SuccessCodes = [0, 1] }, ct);
        foreach (var match in CountedRule().Matches(listing.Output).Cast<Match>())
        {
            var (packets, bytes) = counters.GetValueOrDefault(match.Groups["comment"].Value);
            counters[match.Groups["comment"].Value] = (packets + long.Parse(match.Groups["packets"].Value), bytes + long.Parse(match.Groups["bytes"].Value));
        }
        return counters;
    }

    /// <summary>Lines about our table as they happen.</summary>
    public async IAsyncEnumerable<string> MonitorAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        await foreach (var line in commands.StreamAsync(Command.Of("nft", "monitor"), ct))
            if (line.Contains($" {Table}", StringComparison.Ordinal)) yield return line;
    }

    Task<CommandResult> RunAsync(string input, IReadOnlyList<int> success, CancellationToken ct) =>
        commands.RunAsync(Command.Of("nft", "--stateless", "-f", "-") with { Input = input, SuccessCodes = success }, ct);

    /// <summary>Base chains of IPv4 forwarding that drop what nobody accepts, as <c>FAMILY TABLE CHAIN</c>.</summary>
    static List<string> DroppingForward(string chains)
    {
        var found = new List<string>();
        string? table = null, chain = null;
        foreach (var line in chains.Split('\n', StringSplitOptions.TrimEntries))
            if (line.StartsWith("table ", StringComparison.Ordinal)) table = line.Split(' ') is [_, var family, var name, ..] ? $"{family} {name}" : null;
            else if (line.StartsWith("chain ", StringComparison.Ordinal)) chain = line.Split(' ')[1];
            else if (line.Contains("hook forward", StringComparison.Ordinal) && line.Contains("policy drop", StringComparison.Ordinal) && table?.Split(' ')[0] is "ip" or "inet")
                found.Add($"{table} {chain}");
        return found;
    }

    [GeneratedRegex("counter packets (?<packets>[0-9]+) bytes (?<bytes>[0-9]+).* comment \"(?<comment>[^\"]*)\"")]
    private static partial Regex CountedRule();
}

/// <param name="Listing">Our table without counters; null: there is none.</param>
/// <param name="DroppingForward">Others' chains that drop forwarded packets unless accepted there, as <c>FAMILY TABLE CHAIN</c>.</param>
public sealed record NftView(string? Listing, IReadOnlyList<string> DroppingForward);
