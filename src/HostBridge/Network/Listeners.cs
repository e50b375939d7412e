using System.Text.RegularExpressions;
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

/// <param name="Address"><c>0.0.0.0</c>, <c>*</c> and <c>::</c> are all addresses of the node.</param>
public sealed record Listener(string Protocol, string Address, int Port, string Program)
{
    public bool On(string protocol, int port, IReadOnlyList<string> addresses) =>
        Protocol == protocol && Port == port && (Address is "0.0.0.0" or "*" or "::" || addresses.Contains(Address));
}
