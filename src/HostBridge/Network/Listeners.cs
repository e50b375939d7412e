using System.Text.RegularExpressions;
using MeshMcp.Contracts.Nodes;
using MeshMcp.HostBridge.Host;

namespace MeshMcp.HostBridge.Network;

/// <summary>Programs of the node itself that wait for packets on a port, by <c>ss</c>.</summary>
public sealed partial class Listeners(ICommandRunner commands)
{
    /// <summary>Changes wait for it.</summary>
    static readonly TimeSpan Within = TimeSpan.FromSeconds(2);

    public async Task<IReadOnlyList<Listener>> ReadAsync(CancellationToken ct)
    {
        var result = await commands.RunAsync(Command.Of("ss", "-H", "-l", "-n", "-t", "-u", "-p") with { Timeout = Within }, ct);
        return [.. result.Output.Split('\n').Select(l => Line().Match(l)).Where(m => m.Success).Select(m => new Listener(
            m.Groups["protocol"].Value, m.Groups["address"].Value.Split('%')[0].Trim('[', ']'), int.Parse(m.Groups["port"].Value), m.Groups["program"].Value is { Length: > 0 } program ? program : "a program"))];
    }

    [GeneratedRegex("""^(?<protocol>tcp|udp)\s+\S+\s+\S+\s+\S+\s+(?<address>\S+):(?<port>[0-9]+)\s+\S+(?:\s+users:\(\("(?<program>[^"]*)")?""")]
    private static partial Regex Line();
}
