using System.Runtime.CompilerServices;
using MeshMcp.Contracts.Errors;
using MeshMcp.HostBridge.Host;

namespace MeshMcp.HostBridge.OpenVSwitch;

/// <summary>Flows of a bridge, by <c>ovs-ofctl</c> over its management socket. One process per question, never one per flow.</summary>
/// <remarks>All throw MeshException: Unavailable when ovs-vswitchd or the bridge is not there; InvalidArgument or CommandFailed with the words of Open vSwitch and the flow concerned.</remarks>
public sealed class Ofctl(ICommandRunner runner, OvsPaths paths)
{
    const string Version = "OpenFlow14";
    const string FlowMod = ": ADD";
    const string NoProtocol = "no usable protocol";

    static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    readonly OwnFlowChanges _own = new(TimeProvider.System);

    public async Task<IReadOnlyList<DumpedFlow>> DumpFlowsAsync(string bridge, CancellationToken ct)
    {
        var result = await RunAsync(["--no-names", "dump-flows", Target(bridge)], null, ct);
        return result.ExitCode == 0 ? [.. Lines(result.Output).Select(DumpedFlow.Read).OfType<DumpedFlow>()]
            : throw OfctlFault.Of(bridge, result.ErrorOutput, []);
    }

    /// <summary>All lines or none.</summary>
    /// <param name="lines"><c>add FLOW</c>, <c>delete_strict FLOW</c> …, in the order in which they take effect.</param>
    public async Task BundleAsync(string bridge, IReadOnlyList<string> lines, CancellationToken ct)
    {
        if (lines.Count == 0) return;
        _own.Expect(lines);
        var result = await RunAsync(["--bundle", "add-flows", Target(bridge), "-"], lines, ct);
        if (result.ExitCode == 0) return;
        _own.Forget(lines);
        throw OfctlFault.Of(bridge, result.ErrorOutput, lines);
    }

    /// <summary>The form in which Open vSwitch will dump these flows; the switch itself is not asked.</summary>
    /// <param name="flows">With numbers for ports.</param>
    /// <returns>In the same order.</returns>
    public async Task<IReadOnlyList<CanonicalFlow>> CanonicalAsync(IReadOnlyList<string> flows, CancellationToken ct)
    {
        if (flows.Count == 0) return [];
        var result = await ParseAsync(flows, ct);
        if (result.ExitCode == 0) return [.. Lines(result.Output).Select(Canonical).OfType<CanonicalFlow>()];
        if (!result.ErrorOutput.Contains(NoProtocol)) throw OfctlFault.Of("flows", result.ErrorOutput, flows);
        throw OfctlFault.Refused(flows, await FirstUnusableAsync(flows, ct), "its actions do not fit together or do not fit the match (strip_vlan without a VLAN tag, for example)");
    }

    /// <summary>Reports changes until the switch goes away (9 ms after ovs-vswitchd is killed), then ends.</summary>
    public async IAsyncEnumerable<FlowEvent> MonitorAsync(string bridge, [EnumeratorCancellation] CancellationToken ct)
    {
        var watching = false;
        var command = Command.Of("ovs-ofctl", "-O", Version, "--unixctl=none", "--no-names", "monitor", Target(bridge), "watch:!initial") with { SuccessCodes = [0, 1] };
        List<string> said = [];
        await foreach (var line in runner.StreamAsync(command, ct))
        {
            if (line.StartsWith(" event=", StringComparison.Ordinal)) yield return new FlowEvent.Changed(line.Trim(), _own.Tells(line.Trim()));
            else if (watching) continue;
            else if (line.Contains("FLOW_MONITOR reply")) yield return new FlowEvent.Watching();
            else
            {
                said.Add(line);
                continue;
            }
            watching = true;
        }
        if (!watching) throw OfctlFault.Of(bridge, string.Join('\n', said), []);
    }

    /// <summary>Where a packet would go. Nothing is sent or learned.</summary>
    /// <param name="packet">As a match: <c>in_port=veth100,tcp,nw_dst=10.1.0.200,tp_dst=9573</c>; names or numbers of ports.</param>
    public async Task<FlowTrace> TraceAsync(string bridge, string packet, CancellationToken ct)
    {
        var result = await runner.RunAsync(Command.Of("ovs-appctl", "-t", ControlSocket(bridge), "ofproto/trace", "--names", bridge, Exact(packet)) with { SuccessCodes = [0, 1, 2] }, ct);
        if (result.ExitCode == 0) return FlowTrace.Read(bridge, result.Output);
        var words = OfctlFault.Words(result.ErrorOutput);
        if (words.Contains("unknown bridge")) throw new MeshException(ErrorKind.NotFound, $"There is no bridge {bridge}", bridge);
        if (words.StartsWith("Bad ", StringComparison.Ordinal)) throw new MeshException(ErrorKind.InvalidArgument, words, packet);
        throw OfctlFault.Of(bridge, result.ErrorOutput, []);
    }

    /// <summary>Of a packet <c>tp_src</c> and <c>tp_dst</c> always mean TCP's ports to Open vSwitch; in a match they follow the protocol.</summary>
    static string Exact(string packet)
    {
        var fields = packet.Split(',');
        var protocol = fields.Contains("udp") || fields.Contains("nw_proto=17") ? "udp" : fields.Contains("sctp") || fields.Contains("nw_proto=132") ? "sctp" : "tcp";
        return string.Join(',', fields.Select(f => f.StartsWith("tp_src=", StringComparison.Ordinal) || f.StartsWith("tp_dst=", StringComparison.Ordinal) ? protocol + f[2..] : f));
    }

    /// <summary>"No usable protocol" names no flow: the shortest beginning of the list that is refused ends with it.</summary>
    async Task<int> FirstUnusableAsync(IReadOnlyList<string> flows, CancellationToken ct)
    {
        var (good, bad) = (0, flows.Count);
        while (bad - good > 1)
        {
            var middle = (good + bad) / 2;
            if ((await ParseAsync([.. flows.Take(middle)], ct)).ExitCode == 0) good = middle;
            else bad = middle;
        }
        return bad - 1;
    }

    Task<CommandResult> ParseAsync(IReadOnlyList<string> flows, CancellationToken ct) => RunAsync(["parse-flows", "-"], flows, ct);

    Task<CommandResult> RunAsync(IReadOnlyList<string> arguments, IReadOnlyList<string>? lines, CancellationToken ct) =>
        runner.RunAsync(Command.Of("ovs-ofctl", ["-O", Version, .. arguments]) with
        {
            Input = lines is null ? null : string.Join('\n', lines) + "\n",
            Timeout = Patience,
            SuccessCodes = [0, 1],
        }, ct);

    /// <summary>Reads one line of <c>parse-flows</c>: <c>OFPT_FLOW_MOD (OF1.4) (xid=0x1): ADD [table:1 ][priority=1,ip ]actions=drop</c>.</summary>
    static CanonicalFlow? Canonical(string line)
    {
        var (start, actions) = (line.IndexOf(FlowMod, StringComparison.Ordinal), line.IndexOf(" actions=", StringComparison.Ordinal));
        if (start < 0 || actions < 0) return null;
        var parts = line[(start + FlowMod.Length)..actions].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var table = parts is [['t', 'a', 'b', 'l', 'e', ':', .. var number], ..] ? int.Parse(number) : 0;
        var match = parts.FirstOrDefault(p => !p.StartsWith("table:", StringComparison.Ordinal)) ?? "";
        return CanonicalFlow.Of(table, match, line[(actions + " actions=".Length)..]);
    }

    string Target(string bridge) => $"unix:{Path.Combine(paths.RunDirectory, bridge)}.mgmt";

    string ControlSocket(string bridge)
    {
        var file = Path.Combine(paths.RunDirectory, "ovs-vswitchd.pid");
        return File.Exists(file) ? Path.Combine(paths.RunDirectory, $"ovs-vswitchd.{File.ReadAllText(file).Trim()}.ctl")
            : throw OfctlFault.Of(bridge, $"cannot connect to ovs-vswitchd: there is no {file}", []);
    }

    static string[] Lines(string output) => output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
