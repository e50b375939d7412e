using System.CommandLine;
using MeshMcp.Cli.Commands;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Server.Mcp.Filters;
using MeshMcp.TestServers;
using MeshMcp.Tools;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using Xunit;

namespace MeshMcp.UnitTests.Contracts;

[Collection(MeshMcp.UnitTests.Cli.CommandLine.Tests)]
public sealed class ExpiryTests
{
    static readonly DateTimeOffset Now = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    /// <summary>None of these may ever be taken.</summary>
    static readonly string[] Refused = ["2020-01-01", "2020-01-01T00:00:00Z", "01/02/2027", "1.2.2027", "90", "0d", "-3d", "36501d", "99999999999d", "soon", "d", "tomorrow", "2027-13-01", "12:00", "Jan 2 2099"];

    [Theory]
    [InlineData("30d", 30 * 24 * 60)]
    [InlineData("12h", 12 * 60)]
    [InlineData("30m", 30)]
    [InlineData("120s", 2)]
    public void A_time_from_now_is_counted_in_days_hours_minutes_or_seconds(string text, int minutes) => Assert.Equal(Now.AddMinutes(minutes), Expiry.Read(text, "expires", Now));

    [Theory]
    [InlineData("2027-01-31T18:00")]
    [InlineData("2027-01-31T18:00:00Z")]
    [InlineData("2027-01-31T20:00+02:00")]
    [InlineData("2027-01-31 18:00")]
    [InlineData("2027-01-31T18:00:00.000Z")]
    public void A_moment_is_in_UTC_unless_it_names_its_zone(string text) => Assert.Equal(new(2027, 1, 31, 18, 0, 0, TimeSpan.Zero), Expiry.Read(text, "expires", Now));

    [Fact]
    public void A_day_begins_at_midnight_and_nothing_is_never()
    {
        Assert.Equal(new(2027, 1, 31, 0, 0, 0, TimeSpan.Zero), Expiry.Read("2027-01-31", "expires", Now));
        Assert.Null(Expiry.Read(" ", "expires", Now));
    }

    public static TheoryData<string> RefusedTexts => [.. Refused];

    [Theory]
    [MemberData(nameof(RefusedTexts))]
    public void What_is_over_ambiguous_without_a_unit_or_no_time_is_refused_with_examples(string text)
    {
        var error = Assert.Throws<MeshException>(() => Expiry.Read(text, "--expires", Now)).Error;

        Assert.Equal((ErrorKind.InvalidArgument, "--expires"), (error.Kind, error.Target));
        Assert.Contains("30d", error.Hint);
    }

    [Fact]
    public void Every_command_that_takes_an_end_reads_it_alike()
    {
        var options = CommandsOf(Meshctl.Root()).SelectMany(c => c.Options.Where(o => o.Name == "--expires").Select(o => (Command: c, Option: o))).ToList();

        Assert.True(options.Count >= 4, $"{options.Count}");
        Assert.All(options, o => Assert.Equal(typeof(DateTimeOffset?), o.Option.ValueType));
        foreach (var (command, option) in options)
        {
            foreach (var text in Refused) Assert.Contains(command.Parse($"--expires \"{text}\"").Errors, e => e.Message.StartsWith("--expires: ", StringComparison.Ordinal));
            foreach (var text in new[] { "30d", "12h", "30m", "2099-01-31", "2099-01-31T18:00Z" }) Assert.DoesNotContain(command.Parse($"--expires \"{text}\"").Errors, e => e.Message.Contains("--expires", StringComparison.Ordinal));
        }
        Assert.All(CommandsOf(Meshctl.Root()).SelectMany(c => c.Options).Where(o => o.ValueType == typeof(DateTimeOffset?) || o.ValueType == typeof(TimeSpan)), o => Assert.Equal("TIME", o.HelpName));
    }

    [Fact]
    public void What_can_end_by_itself_has_an_argument_for_that_in_its_tool_and_its_command_which_read_it_alike()
    {
        Assert.Equal(["add_flow", "publish_port"], Catalogue.All.Where(t => t.ProtocolTool.InputSchema.GetProperty("properties").TryGetProperty("for", out _)).Select(t => t.ProtocolTool.Name).Order());
        var commands = CommandsOf(Meshctl.Root()).Where(c => c.Options.Any(o => o.Name == "--for")).ToList();
        Assert.Equal(["add", "publish"], commands.Select(c => c.Name).Order());
        foreach (var command in commands)
        {
            foreach (var text in new[] { "60", "4s", "31d", "2099-01-01", "a minute" }) Assert.Contains(command.Parse($"--for \"{text}\"").Errors, e => e.Message.StartsWith("--for: ", StringComparison.Ordinal) && e.Message.Contains("5s to 30d", StringComparison.Ordinal));
            foreach (var text in new[] { "5s", "60s", "30m", "12h", "30d" }) Assert.DoesNotContain(command.Parse($"--for {text}").Errors, e => e.Message.Contains("--for", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Every_tool_that_takes_an_end_reads_it_alike()
    {
        await using var vps = await ScriptedNode.StartAsync();
        await using var server = await ToolServer.WithAsync(MeshTools.ToolsetNames, ("vps", vps.Endpoint));
        var tools = Catalogue.All.Where(t => t.ProtocolTool.InputSchema.GetProperty("properties").TryGetProperty("expires", out _)).ToList();

        Assert.True(tools.Count >= 2, string.Join(", ", tools.Select(t => t.ProtocolTool.Name)));
        foreach (var tool in tools)
            foreach (var text in Refused)
            {
                var error = ErrorResult.In(await CallAsync(tool, text))!;
                Assert.Equal((ErrorKind.InvalidArgument, "expires"), (error.Kind, error.Target));
            }
        Assert.Empty(vps.Seen);
        foreach (var tool in tools)
        {
            var before = vps.Seen.Count;
            await CallAsync(tool, "30d");
            Assert.True(vps.Seen.Count > before, $"{tool.ProtocolTool.Name} takes 30d and asks the node");
        }

        Task<CallToolResult> CallAsync(McpServerTool tool, string text) => server.CallAsync(tool.ProtocolTool.Name, [.. Catalogue.Needed(tool, "vps"), ("expires", text)]);
    }

    static IEnumerable<Command> CommandsOf(Command command) => [command, .. command.Subcommands.SelectMany(CommandsOf)];
}
