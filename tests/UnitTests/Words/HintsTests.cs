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
using ModelContextProtocol.Server;
using Xunit;

namespace MeshMcp.UnitTests.Words;

/// <summary>What a hint names is there: every command by the command line's own parser, every tool by the catalogue.</summary>
[Collection(MeshMcp.UnitTests.Cli.CommandLine.Tests)]
public sealed partial class HintsTests
{
    static readonly string[] Tools = Catalogue();

    /// <summary>Words that begin like a tool and are none: fields and words of other programs.</summary>
    static readonly string[] NoTools = ["set_field", "set_queue", "container_port", "delete_strict", "get_config_unsupported_key", "wg_public_listen_port"];

    /// <summary>What is said of the program itself.</summary>
    static readonly string[] Prose = ["or", "only", "was"];

    [Fact]
    public void Every_command_that_the_source_names_is_one()
    {
        var found = Sources().SelectMany(s => Command().Matches(s.Text).Select(m => (s.File, Words: m.Groups["words"].Value, Options: m.Groups["options"].Value))).ToList();

        Assert.True(found.Count > 100, $"{found.Count}");
        Assert.Empty(found.Where(f => !Exists(f.Words, f.Options)).Select(f => $"{f.File}: meshctl {f.Words} {f.Options}").Distinct());
    }

    [Fact]
    public void Every_tool_that_the_source_names_is_one()
    {
        var verbs = Tools.Select(t => t.Split('_')[0]).Distinct().ToArray();
        var found = Sources().SelectMany(s => Strings().Matches(s.Text).SelectMany(m => ToolLike().Matches(m.Value)).Select(m => (s.File, Name: m.Value))).Where(f => verbs.Contains(f.Name.Split('_')[0])).ToList();

        Assert.True(found.Count > 60, $"{found.Count}");
        Assert.Empty(found.Where(f => !Tools.Contains(f.Name) && !NoTools.Contains(f.Name)).Select(f => $"{f.File}: {f.Name}").Distinct());
    }

    [Fact]
    public void Tools_and_the_commands_that_do_the_same_are_there()
    {
        Assert.Empty(Hints.Alike.Where(a => !Tools.Contains(a.Tool) || !Exists(a.Command, "")).Select(a => $"{a.Tool} {a.Command}"));
        Assert.Empty(Tools.Except(Hints.Alike.Select(a => a.Tool)));
    }

    [Theory]
    [InlineData("Start it first: meshctl container start 105.", "Start it first: set_container_state 105.")]
    [InlineData("meshctl wg add-client makes it.", "wg_add_client makes it.")]
    [InlineData("Store it with: meshctl secret set x --kind file", "Store it with: on the node, as root: meshctl secret set x --kind file")]
    [InlineData("meshctl template add NAME FILE, or meshctl template build busybox NAME", "on the node, as root: meshctl template add NAME FILE, or meshctl template build busybox NAME")]
    [InlineData("Have it applied as root on the node itself: meshctl apply FILE.", "Have it applied as root on the node itself: meshctl apply FILE.")]
    [InlineData("Compare meshctl state --view observed.", "Compare on the node, as root: meshctl state --view observed.")]
    [InlineData("meshctl unit status shows it.", "on the node, as root: meshctl unit status shows it.")]
    public void Who_calls_tools_hears_of_those_that_he_has(string hint, string told) => Assert.Equal(told, Hints.ForTools(hint, tool => tool != "unit_status"));

    [Theory]
    [InlineData("list_changes shows those there are.", "meshctl history shows those there are.")]
    [InlineData("Correct ip_pool.", "Correct ip_pool.")]
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

    static bool Exists(string words, string options)
    {
        var command = (Command)Meshctl.Root();
        foreach (var word in words.Split(' '))
        {
            if (command.Subcommands.FirstOrDefault(c => c.Name == word) is not { } below)
            {
                if (command.Subcommands.Count > 0) return command is RootCommand && Prose.Contains(word);
                break;
            }
            command = below;
        }
        return options.Split(' ', StringSplitOptions.RemoveEmptyEntries).All(o => command.Options.Any(c => c.Name == o || c.Aliases.Contains(o)) || o is "--json" or "--help" or "--socket");
    }

    /// <summary>What follows "meshctl" up to what is no plain word; then the options up to the end of the text.</summary>
    [GeneratedRegex(@"\bmeshctl (?<words>[a-z][a-z-]*( [a-z][a-z-]*)*)(?! or )( [^\s""'`;,.()]+)*?(?<options>( --[a-z-]+)*)(?=[^ \w-]| [^-])")]
    private static partial Regex Command();

    [GeneratedRegex(@"""[^""\n]*""")]
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

    static string[] Catalogue()
    {
        var options = new McpServerOptions();
        using var nodes = new NodeDirectory(new Dictionary<string, NodeEndpoint>());
        MeshTools.AddTo(options, nodes, MeshTools.ToolsetNames);
        return [.. options.ToolCollection!.Select(t => t.ProtocolTool.Name)];
    }
}
