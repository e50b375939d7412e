using System.CommandLine;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using MeshMcp.Cli.Commands;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Server.Nodes;
using MeshMcp.TestServers;
using MeshMcp.Tools;
using Microsoft.AspNetCore.Http;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using Xunit;

namespace MeshMcp.UnitTests.Words;

/// <summary>What a hint names is there: every command by the command line's own parser, every tool by the catalogue.</summary>
[Collection(MeshMcp.UnitTests.Cli.CommandLine.Tests)]
public sealed partial class HintsTests
{
    /// <summary>With their arguments.</summary>
    static readonly Dictionary<string, string[]> Tools = Catalogue();

    static readonly Command Root = Meshctl.Root();

    /// <summary>Words that begin like a tool and are none: fields and words of other programs.</summary>
    static readonly string[] NoTools = ["check_overlap", "set_field", "set_queue", "container_port", "delete_strict", "get_config_unsupported_key", "wg_public_listen_port"];

    /// <summary>What is said of the program itself.</summary>
    static readonly string[] Prose = ["or", "only", "was"];

    [Fact]
    public void Every_command_that_the_source_names_is_one_with_all_its_options()
    {
        var found = Sources().SelectMany(s => Commands(s.Text).Select(c => (s.File, c.Words, c.Options))).ToList();

        Assert.True(found.Count > 100, $"{found.Count}");
        Assert.True(found.Sum(f => f.Options.Length) > 100, $"{found.Sum(f => f.Options.Length)}");
        Assert.Empty(found.Where(f => !Exists(f.Words, f.Options)).Select(f => $"{f.File}: meshctl {f.Words} {string.Join(' ', f.Options)}").Distinct());
    }

    [Theory]
    [InlineData("meshctl secret set NAME --knd file")]
    [InlineData("Store it: meshctl secret set \"x\" now, or meshctl secret set {name} in one go, --knd file.")]
    [InlineData("meshctl secrets list")]
    [InlineData("meshctl container update 105 --address 10.0.0.105/24 --memry 5")]
    public void A_command_or_an_option_that_is_none_is_noticed(string text) => Assert.Contains(Commands(text), c => !Exists(c.Words, c.Options));

    /// <summary>Of every text of the node's, which is told to both, and of the tools', what becomes of it.</summary>
    [Fact]
    public void What_who_calls_tools_is_told_he_can_do()
    {
        var told = Told("Contracts", "HostBridge", "Tools").Select(t => (t.File, t.Text, Result: Hints.ForTools(t.Text, Tools.ContainsKey))).ToList();

        Assert.True(told.Count(t => t.Result != t.Text) > 30, $"{told.Count(t => t.Result != t.Text)}");
        Assert.Empty(told.SelectMany(t => Wrong(t.Result).Select(w => $"{t.File}: {w}: {t.Result}")).Distinct());

        static IEnumerable<string> Wrong(string text)
        {
            foreach (Match tool in ToolLike().Matches(text))
                if (!Tools.TryGetValue(tool.Value, out var arguments)) { if (IsLikeATool(tool.Value)) yield return $"{tool.Value} is none"; }
                else
                {
                    var rest = text[(tool.Index + tool.Length)..];
                    if (ShellWord().IsMatch(rest)) yield return $"{tool.Value} takes no option or FILE";
                    if (Argument().Match(rest) is { Success: true } given && !arguments.Contains(given.Groups["name"].Value)) yield return $"{tool.Value} has no {given.Groups["name"].Value}";
                    // A shell needs to tell an argument from what is said about it.
                    if (Loose().Match(rest) is { Success: true } loose && arguments.Contains(loose.Groups["name"].Value)) yield return $"an argument is written {tool.Value} with {loose.Groups["name"].Value}=…";
                }
            foreach (var (words, options) in Commands(text))
                if (!Exists(words, options)) yield return $"meshctl {words} is none";
            if (Commands(text).Any() && !Somewhere().IsMatch(text)) yield return "where is not said";
            if (Twice().IsMatch(text)) yield return "where is said twice";
            if (text.IndexOf(Hints.OnTheNode, StringComparison.Ordinal) is > 0 and var at && !Colon().IsMatch(text[..at])) yield return "a command comes after a colon, or begins a sentence";
        }
    }

    [Fact]
    public void What_who_has_a_shell_is_told_he_can_do()
    {
        var told = Told("Contracts", "HostBridge", "Cli").Select(t => (t.File, t.Text, Result: Hints.ForShell(t.Text))).ToList();

        Assert.True(told.Count(t => t.Result != t.Text) > 30, $"{told.Count(t => t.Result != t.Text)}");
        Assert.Empty(told.SelectMany(t => Wrong(t.Result).Select(w => $"{t.File}: {w}: {t.Result}")).Distinct());

        static IEnumerable<string> Wrong(string text)
        {
            foreach (Match tool in ToolLike().Matches(text))
                if (Tools.ContainsKey(tool.Value)) yield return $"{tool.Value} is no command";
            foreach (var (words, options) in Commands(text))
                if (!Exists(words, options)) yield return $"meshctl {words} {string.Join(' ', options)} is none";
            if (Argument().IsMatch(text)) yield return "an argument of a tool is left";
        }
    }

    [Fact]
    public void Every_tool_that_the_source_names_is_one()
    {
        var found = Sources().SelectMany(s => Strings().Matches(s.Text).SelectMany(m => ToolLike().Matches(m.Value)).Select(m => (s.File, Name: m.Value))).Where(f => IsLikeATool(f.Name)).ToList();

        Assert.True(found.Count > 60, $"{found.Count}");
        Assert.Empty(found.Where(f => !Tools.ContainsKey(f.Name)).Select(f => $"{f.File}: {f.Name}").Distinct());
    }

    [Fact]
    public void Tools_and_the_commands_that_do_the_same_are_there()
    {
        Assert.Empty(Hints.Alike.Where(a => !Tools.ContainsKey(a.Tool) || !Exists(a.Command, [])).Select(a => $"{a.Tool} {a.Command}"));
        Assert.Empty(Tools.Keys.Except(Hints.Alike.Select(a => a.Tool)));
    }

    [Theory]
    [InlineData("Start it first: meshctl container start 105.", "Start it first: set_container_state 105.")]
    [InlineData("meshctl wg add-client makes it.", "wg_add_client makes it.")]
    [InlineData("Store it with: meshctl secret set x --kind file", "Store it with: on the node, as root: meshctl secret set x --kind file")]
    [InlineData("meshctl template add NAME FILE, or meshctl template build busybox NAME", "on the node, as root: meshctl template add NAME FILE, or meshctl template build busybox NAME")]
    [InlineData("Have it applied as root on the node itself: meshctl apply FILE.", "Have it applied as root on the node itself: meshctl apply FILE.")]
    [InlineData("Compare meshctl state --view observed.", "Compare on the node, as root: meshctl state --view observed.")]
    [InlineData("Compare get_state with view=observed.", "Compare get_state with view=observed.")]
    [InlineData("Ask an admin, on the node: meshctl confirm 5 --of-another", "Ask an admin, on the node: meshctl confirm 5 --of-another")]
    [InlineData("Confirm it for him: meshctl confirm 5 --of-another", "Confirm it for him: on the node, as root: meshctl confirm 5 --of-another")]
    [InlineData("Keep it: meshctl confirm 5. Else meshctl plan FILE --json shows more.", "Keep it: confirm_change 5. Else on the node, as root: meshctl plan FILE --json shows more.")]
    [InlineData("Give it one: meshctl apply FILE, for example from examples/.", "Give it one: on the node, as root: meshctl apply FILE, for example from examples/.")]
    [InlineData("On the node that holds the authority: meshctl node readmit NAME; then it renews.", "On the node that holds the authority: meshctl node readmit NAME; then it renews.")]
    [InlineData("Join again: meshctl node invite NAME --again, on the node that holds the authority.", "Join again: meshctl node invite NAME --again, on the node that holds the authority.")]
    [InlineData("Print it: 'meshctl state'.", "Print it: 'get_state'.")]
    [InlineData("Issue it: 'meshctl pki issue'.", "Issue it: on the node, as root: 'meshctl pki issue'.")]
    [InlineData("Keep it by meshctl confirm, or look at: meshctl events", "Keep it by confirm_change, or look at: list_events")]
    [InlineData("Keep it by meshctl confirm, or look at: meshctl node list", "Keep it by confirm_change, or look at: on the node, as root: meshctl node list")]
    [InlineData("meshctl doctor on the node says more.", "meshctl doctor on the node says more.")]
    [InlineData("meshctl unit status shows it.", "on the node, as root: meshctl unit status shows it.")]
    public void Who_calls_tools_hears_of_those_that_he_has(string hint, string told) => Assert.Equal(told, Hints.ForTools(hint, tool => tool != "unit_status"));

    [Theory]
    [InlineData("list_changes shows those there are.", "meshctl history shows those there are.")]
    [InlineData("Correct ip_pool.", "Correct ip_pool.")]
    [InlineData("Look at get_state with view=observed.", "Look at meshctl state --view observed.")]
    [InlineData("Give it keys by wg_add_client with renew=true, or wg_remove_client.", "Give it keys by meshctl wg add-client --renew, or meshctl wg remove-client.")]
    public void Who_has_a_shell_hears_of_commands(string hint, string told) => Assert.Equal(told, Hints.ForShell(hint));

    [Fact]
    public async Task Refusals_and_findings_of_a_node_reach_a_caller_of_tools_in_words_of_tools()
    {
        await using var vps = await ScriptedNode.StartAsync();
        vps.Refuses("POST /v1/containers/105/exec", 409, new(ErrorKind.Conflict, "It does not run.", "id", "Start it first: meshctl container start 105."));
        vps.Reports("POST /v1/apply", [new ApplyEvent.Planned(new("p1", [], [new("warning", "openflow", "It waits: meshctl secret set x."), new("warning", "openflow", "See meshctl history.")]), null), new ApplyEvent.Finished(false, null, null)]);
        await using var server = await ToolServer.StartAsync(("vps", vps.Endpoint));

        Assert.EndsWith("Start it first: set_container_state 105.", (await server.CallAsync("container_exec", ("node", "vps"), ("id", "105"), ("command", new[] { "true" }))).Refusal(), StringComparison.Ordinal);
        var done = await server.CallAsync("add_flow", ("node", "vps"), ("flow", "priority=1,actions=drop"));
        Assert.Contains("It waits: on the node, as root: meshctl secret set x.\nwarning: openflow: See list_changes.", done.Said(), StringComparison.Ordinal);
        Assert.Contains("See list_changes.", done.StructuredContent!.Value.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_has_a_shell_reads_everything_in_words_of_commands()
    {
        await using var vps = await ScriptedNode.StartAsync();
        vps.Says("GET /v1/netmaker", new NetmakerStatus(null, null, null, false, false, null, null, null, [], [], "netmaker_join makes it a member."), MeshJson.Default.NetmakerStatus);
        vps.Says("GET /v1/xray", new XrayStatus { Findings = [new("waits", "xray", "xray_add_user lets one in.")] }, MeshJson.Default.XrayStatus);
        vps.Says("GET /v1/wireguard", new WireguardStatus([new("wg0", "server", "wg_add_client lets one in.")]), MeshJson.Default.WireguardStatus);
        vps.On("GET /v1/events", context => context.Response.WriteAsync(System.Text.Json.JsonSerializer.Serialize(new NodeEvent(DateTimeOffset.UnixEpoch, "healed", "See list_changes."), MeshJson.Default.NodeEvent) + "\n"));

        foreach (var json in new[] { false, true })
        {
            Assert.Contains("meshctl netmaker join makes it a member.", await PrintedAsync(vps, json, "netmaker", "status"), StringComparison.Ordinal);
            Assert.Contains("meshctl xray add-user lets one in.", await PrintedAsync(vps, json, "xray", "status"), StringComparison.Ordinal);
            Assert.Contains("meshctl wg add-client lets one in.", await PrintedAsync(vps, json, "wg", "status"), StringComparison.Ordinal);
            Assert.Contains("See meshctl history.", await PrintedAsync(vps, json, "events"), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Resources_and_the_reasons_of_changes_are_told_in_words_of_tools_too()
    {
        await using var vps = await ScriptedNode.StartAsync();
        vps.Says("GET /v1/state", new StateView("desired", new(), 1, [new("waits", "lxc", "It waits: meshctl secret set x. See meshctl history.")]), MeshJson.Default.StateView);
        vps.Says<IReadOnlyList<HistoryEntry>>("GET /v1/history", [new(Changes.Generation(3, GenerationStatus.RolledBack) with { Error = new(ErrorKind.Conflict, "It is not there: meshctl container start 105.") }, null)], MeshJson.Default.IReadOnlyListHistoryEntry);
        await using var server = await ToolServer.StartAsync(("vps", vps.Endpoint));

        var read = await server.Client.ReadResourceAsync("mesh://nodes/vps/state", cancellationToken: TestContext.Current.CancellationToken);
        var changes = await server.CallAsync("list_changes", ("node", "vps"));

        Assert.Contains("It waits: on the node, as root: meshctl secret set x. See list_changes.", ((TextResourceContents)read.Contents.Single()).Text, StringComparison.Ordinal);
        Assert.Contains("(because: It is not there: set_container_state 105.)", changes.Said(), StringComparison.Ordinal);
        Assert.Contains("set_container_state 105.", changes.StructuredContent!.Value.GetRawText(), StringComparison.Ordinal);
    }

    static async Task<string> PrintedAsync(ScriptedNode node, bool json, params string[] command)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        var code = await Meshctl.RunAsync([.. command, "--socket", node.Socket, .. json ? ["--json"] : Array.Empty<string>()], output, error, TestContext.Current.CancellationToken);
        Assert.True(code == 0, error.ToString());
        return output.ToString();
    }

    static bool IsLikeATool(string name) => !NoTools.Contains(name) && Tools.Keys.Any(t => t.Split('_')[0] == name.Split('_')[0]);

    /// <summary>The commands in a text, each with all its options up to the end of the text or sentence, or to the next one.</summary>
    static IEnumerable<(string Words, string[] Options)> Commands(string text) =>
        Command().Matches(text).Select(m => (m.Groups["words"].Value, Option().Matches(m.Groups["rest"].Value).Select(o => o.Value.Trim()).ToArray()));

    static bool Exists(string words, string[] options)
    {
        var command = Root;
        List<Option> known = [.. command.Options, MeshMcp.Cli.Commands.LocalNode.Socket];
        foreach (var word in words.Split(' '))
        {
            if (command.Subcommands.FirstOrDefault(c => c.Name == word) is not { } below)
            {
                if (command.Subcommands.Count > 0) return command is RootCommand && Prose.Contains(word);
                break;
            }
            command = below;
            known.AddRange(command.Options);
        }
        return options.All(o => known.Any(k => k.Name == o || k.Aliases.Contains(o)));
    }

    /// <summary>The texts of some projects that name a tool or a command, as they are when a number is put into them.</summary>
    static IEnumerable<(string File, string Text)> Told(params string[] projects) =>
        from source in Sources()
        where projects.Contains(source.File.Split('/')[0]) && !source.File.EndsWith("Errors/Hints.cs", StringComparison.Ordinal)
        from literal in Strings().Matches(source.Text)
        let text = Hole().Replace(literal.Value[1..^1].Replace("\\\"", "'", StringComparison.Ordinal), "5")
        where text.Contains(' ', StringComparison.Ordinal) && (text.Contains("meshctl ", StringComparison.Ordinal) || ToolLike().Matches(text).Any(m => Tools.ContainsKey(m.Value)))
        select (source.File, text);

    [GeneratedRegex(@"\bmeshctl (?<words>[a-z][a-z-]*(?: [a-z][a-z-]*)*)(?<rest>(?:(?!\.(?:\s|$|"")|[;\n""]|\bmeshctl ).)*)")]
    private static partial Regex Command();

    [GeneratedRegex(@"(?<=[\s(])--[a-z][a-z-]*")]
    private static partial Regex Option();

    /// <summary>What is in braces, to be replaced.</summary>
    [GeneratedRegex(@"\{[^{}]*\}")]
    private static partial Regex Hole();

    [GeneratedRegex(@"^( [a-z0-9]+)*( --[a-z]| [A-Z][A-Z-]+\b)")]
    private static partial Regex ShellWord();

    [GeneratedRegex(@"^ with (?<name>[a-zA-Z]+)=|(?<=meshctl [^.;]*) with (?<name>[a-zA-Z]+)=")]
    private static partial Regex Argument();

    [GeneratedRegex(@"^ (with |\()?(?<name>[a-zA-Z]+)(?!=)\b")]
    private static partial Regex Loose();

    [GeneratedRegex(@"(?i)\bon the ([\w']+ )*node\b|\bas root\b")]
    private static partial Regex Somewhere();

    [GeneratedRegex(@"(?i)\bon the ([\w']+ )*node\b[^.;]*: on the node, as root")]
    private static partial Regex Twice();

    [GeneratedRegex(@"([:;.?!(]\s?|, or |, )['`]?$")]
    private static partial Regex Colon();

    [GeneratedRegex(@"""(?:[^""\\\n]|\\.)*""")]
    private static partial Regex Strings();

    [GeneratedRegex(@"\b[a-z]+(_[a-z]+)+\b")]
    private static partial Regex ToolLike();

    static IEnumerable<(string File, string Text)> Sources([CallerFilePath] string here = "")
    {
        var root = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../../../src"));
        return from file in Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories)
               where !file.Contains("/obj/", StringComparison.Ordinal)
               select (Path.GetRelativePath(root, file), File.ReadAllText(file));
    }

    static Dictionary<string, string[]> Catalogue()
    {
        var options = new McpServerOptions();
        using var nodes = new NodeDirectory(new Dictionary<string, NodeEndpoint>());
        MeshTools.AddTo(options, nodes, MeshTools.ToolsetNames);
        return options.ToolCollection!.ToDictionary(t => t.ProtocolTool.Name, t => t.ProtocolTool.InputSchema.GetProperty("properties").EnumerateObject().Select(p => p.Name).ToArray());
    }
}
