using System.Diagnostics;
using System.Text.Json;
using MeshMcp.Cli.Commands;
using MeshMcp.Contracts.Errors;
using MeshMcp.TestKit;
using Xunit;

namespace MeshMcp.IntegrationTests.Cli;

public sealed class MeshctlTests : IAsyncLifetime
{
    StandInNode _node = null!;
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _node = await StandInNode.StartAsync();

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    async Task<(int Code, string Output, string Error)> Run(params string[] args)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        var code = await Meshctl.RunAsync([.. args, "--socket", _node.Socket], output, error, Ct);
        Assert.DoesNotContain("\u001b", output.ToString() + error, StringComparison.Ordinal);
        return (code, output.ToString(), error.ToString());
    }

    [Theory]
    [InlineData("node vps", "status")]
    [InlineData("ovs-vswitchd does not answer", "status")]
    [InlineData("meshctl confirm 12", "status")]
    [InlineData("2 of 2 flows on mesh", "flows")]
    [InlineData("dropped", "trace", "in_port=veth100,tcp")]
    [InlineData("awaits confirmation", "history")]
    [InlineData("generation 12: confirmed", "confirm")]
    [InlineData("generation 7: confirmed", "confirm", "7")]
    [InlineData("healed", "events")]
    public async Task People_read_what_the_node_answers(string expected, params string[] args)
    {
        var (code, output, _) = await Run(args);

        Assert.Equal(0, code);
        Assert.Contains(expected, output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("status", "name")]
    [InlineData("flows", "total")]
    [InlineData("trace x", "verdict")]
    [InlineData("state", "view")]
    [InlineData("confirm 7", "number")]
    [InlineData("rollback", "changed")]
    [InlineData("events", "kind")]
    public async Task With_json_every_command_prints_one_document_in_the_form_of_the_wire(string line, string property)
    {
        var (code, output, error) = await Run([.. line.Split(' '), "--json"]);

        Assert.Equal((0, ""), (code, error));
        Assert.True(JsonDocument.Parse(output).RootElement.TryGetProperty(property, out _));
    }

    [Fact]
    public async Task State_prints_a_document_that_plan_and_apply_take()
    {
        var (_, document, notes) = await Run("state", "--view", "declared");
        Assert.Contains("unmanaged lxc", notes, StringComparison.Ordinal);
        var file = Path.Combine(Path.GetDirectoryName(_node.Socket)!, "state.json");
        await File.WriteAllTextAsync(file, document, Ct);

        var (_, plan, _) = await Run("plan", file);
        Assert.Contains("+ priority=100,tcp,tp_dst=9573,actions=output:veth200", plan, StringComparison.Ordinal);
        Assert.Contains("digest 4f1c", plan, StringComparison.Ordinal);

        var (code, output, _) = await Run("apply", file, "--digest", "4f1c", "--confirm-within", "60", "--why", "a test");
        Assert.Equal(0, code);
        Assert.Contains("[1/1] openflow bridge mesh: add 1 flow … done", output, StringComparison.Ordinal);
        Assert.Contains("undone in 42 s unless it is confirmed", output, StringComparison.Ordinal);
        var request = JsonDocument.Parse(Assert.Single(_node.Changes)).RootElement;
        Assert.Equal(("mesh", "4f1c", 60, "a test"), (
            request.GetProperty("declared").GetProperty("bridge").GetProperty("name").GetString(), request.GetProperty("expectedDigest").GetString(),
            request.GetProperty("confirmWithin").GetInt32(), request.GetProperty("why").GetString()));
    }

    [Theory]
    [InlineData("add", "addFlow")]
    [InlineData("delete", "deleteFlow")]
    public async Task A_flow_command_is_one_edit(string verb, string edit)
    {
        Assert.Equal(0, (await Run("flow", verb, "priority=1,actions=drop")).Code);

        var sent = JsonDocument.Parse(Assert.Single(_node.Changes)).RootElement.GetProperty("edits")[0];
        Assert.Equal((edit, "priority=1,actions=drop"), (sent.GetProperty("edit").GetString(), sent.GetProperty("flow").GetString()));
    }

    [Theory]
    [InlineData("wg-key\n", "wg-key")]
    [InlineData("wg-key\r\n", "wg-key")]
    [InlineData("two\nlines\n\n", "two\nlines\n")]
    public async Task A_secret_comes_from_a_file_without_the_line_break_that_editors_add(string text, string stored)
    {
        var file = Path.Combine(Path.GetDirectoryName(_node.Socket)!, "secret");
        await File.WriteAllTextAsync(file, text, Ct);

        var (code, output, _) = await Run("secret", "set", "warp-profile", "--kind", "warp-profile", "--file", file);

        Assert.Equal(0, code);
        Assert.Equal(stored, Assert.Single(_node.Changes));
        Assert.Contains("stored warp-profile", output, StringComparison.Ordinal);
        Assert.DoesNotContain("wg-key", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Secrets_are_listed_by_name_and_deleted()
    {
        Assert.Contains("warp-profile warp-profile 2026-01-02 03:04:05Z 300", (await Run("secret", "list")).Output, StringComparison.Ordinal);
        Assert.Contains("deleted warp-profile", (await Run("secret", "delete", "warp-profile")).Output, StringComparison.Ordinal);
        var (code, _, error) = await Run("secret", "set", "warp-profile", "--kind", "warp-profile", "--file", "/nowhere/secret");
        Assert.Equal(1, code);
        Assert.Contains("standard input", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_change_that_did_not_hold_ends_with_1_and_its_reason()
    {
        _node.Failure = new(ErrorKind.CommandFailed, "ovs-ofctl refused", "flow 3", "Correct it.");

        var (code, output, error) = await Run("flow", "add", "priority=1,actions=drop");

        Assert.Equal(1, code);
        Assert.Contains("rolling back: ovs-ofctl refused", output, StringComparison.Ordinal);
        Assert.Equal(["ovs-ofctl refused", "  where: flow 3", "  next:  Correct it."], error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task Interrupted_it_has_the_node_stop_the_change_and_tells_how_that_ended()
    {
        _node.Works = true;
        using var terminal = Terminal.Start(PrivateNode.Binary("Cli", "meshctl"), "flow", "add", "priority=1,actions=drop", "--socket", _node.Socket);
        await terminal.SeesAsync("add 1 flow");
        await terminal.TypeAsync("\x3");

        Assert.Equal(1, await terminal.EndAsync());
        Assert.Equal(2, _node.Changes.Count);
        Assert.Contains("\"only\":12", _node.Changes.Last(), StringComparison.Ordinal);
        foreach (var part in new[] { "━", "Interrupted: the change stops before its next step", "add 1 flow … ", "Stopped by uid 0 before it was complete." }) Assert.Contains(part, terminal.Shown, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_signal_stops_the_change_also_where_nobody_watches()
    {
        _node.Works = true;
        using var meshctl = Process.Start(new ProcessStartInfo(PrivateNode.Binary("Cli", "meshctl"), ["flow", "add", "priority=1,actions=drop", "--socket", _node.Socket]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var (output, error) = (meshctl.StandardOutput.ReadToEndAsync(Ct), meshctl.StandardError.ReadToEndAsync(Ct));
        await Eventually.True(() => !_node.Changes.IsEmpty, TimeSpan.FromSeconds(30), "the change runs", Ct);
        await CliWrap.Cli.Wrap("kill").WithArguments(["-TERM", $"{meshctl.Id}"]).ExecuteAsync(Ct);
        await meshctl.WaitForExitAsync(Ct).WaitAsync(TimeSpan.FromSeconds(30), Ct);

        Assert.Equal(1, meshctl.ExitCode);
        Assert.Contains("\"only\":12", _node.Changes.Last(), StringComparison.Ordinal);
        Assert.Contains("Interrupted", await output, StringComparison.Ordinal);
        Assert.Contains("Stopped by uid 0", await error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_document_with_faults_is_refused_before_anything_is_sent()
    {
        var file = Path.Combine(Path.GetDirectoryName(_node.Socket)!, "state.json");
        await File.WriteAllTextAsync(file, """{ "bridg": {}, "version": 2 }""", Ct);

        var (code, _, error) = await Run("apply", file);

        Assert.Equal(1, code);
        Assert.Contains("bridg (line 1, column 12): Unknown field.", error, StringComparison.Ordinal);
        Assert.Contains("version (line 1, column 27):", error, StringComparison.Ordinal);
        Assert.Empty(_node.Changes);
    }

    [Fact]
    public async Task Without_a_host_bridge_it_says_what_to_start()
    {
        var (output, error) = (new StringWriter(), new StringWriter());

        var code = await Meshctl.RunAsync(["status", "--socket", "/nowhere/s"], output, error, Ct);

        Assert.Equal(1, code);
        Assert.Contains("meshmcp-hostbridge", error.ToString(), StringComparison.Ordinal);
    }
}
