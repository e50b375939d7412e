using MeshMcp.Contracts.State;
using System.Diagnostics;
using System.Text.Json;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.Nodes;
using MeshMcp.IntegrationTests.Cli;
using MeshMcp.TestKit;
using Xunit;

namespace MeshMcp.IntegrationTests.State;

/// <summary>A node that is lost and made anew from its backup, by the command line.</summary>
public sealed class BackupTests : IDisposable
{
    const string State = """{ "bridge": { "address": "10.1.0.1/24", "datapath": "netdev", "ports": [ { "name": "veth200" } ] }, "openflow": { "bridges": { "mesh": { "flows": [ "priority=1,ip,actions=drop" ] } } } }""";

    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("meshmcp-backup-");
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_second_node_made_from_a_backup_wants_and_is_the_same_and_has_the_same_secrets()
    {
        await using var first = await PrivateNode.StartAsync("veth200");
        await first.ApplyAsync(State);
        await first.ApplyAsync(new ChangeRequest { Edits = [new AddFlow("priority=2,udp,actions=output:veth200")], Why = "by hand" });
        await first.ApplyAsync(new ChangeRequest { Edits = [new AddFlow("priority=3,tcp,actions=output:veth200")] });
        await first.Client.PutSecretAsync("warp-profile", SecretKind.WarpProfile, "a secret\nof two lines", Ct);
        Assert.Equal(0, (await LocalMeshctl.RunAsync(first, "backup", Backup, "--passphrase-file", Passphrase("correct horse battery"))).Code);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Backup));

        await using var second = await PrivateNode.StartAsync("veth200");
        var (code, _, error) = await LocalMeshctl.RunAsync(second, "restore", Backup, "--passphrase-file", Passphrase("correct horse batterie"));
        Assert.Equal(1, code);
        Assert.Contains("not the passphrase", error);
        Assert.Empty((await second.Client.SecretsAsync(Ct)).Secrets);

        Assert.Equal(0, (await LocalMeshctl.RunAsync(second, "restore", Backup, "--passphrase-file", Passphrase("correct horse battery"))).Code);
        Assert.Equal(Text(await first.Client.StateAsync("desired", Ct)), Text(await second.Client.StateAsync("desired", Ct)));
        Assert.Equal(Text(await first.Client.StateAsync("declared", Ct)), Text(await second.Client.StateAsync("declared", Ct)));
        Assert.Equal(await first.FlowsAsync(), await second.FlowsAsync());
        Assert.Equal((await first.Client.SecretsAsync(Ct)).Secrets.Select(s => (s.Name, s.Sha256)), (await second.Client.SecretsAsync(Ct)).Secrets.Select(s => (s.Name, s.Sha256)));
        Assert.Equal(["by hand"], (await second.Client.EditsAsync(10, Ct)).Edits.Select(e => e.Why).OfType<string>());
        Assert.DoesNotContain(await second.Client.AuditAsync(new(50), Ct), a => a.Parameters.Contains("horse"));

        (code, _, error) = await LocalMeshctl.RunAsync(second, "restore", Backup, "--passphrase-file", Passphrase("correct horse battery"));
        Assert.Equal(1, code);
        Assert.Contains("--force", error);
    }

    [Fact]
    public async Task A_damaged_backup_is_refused_and_with_force_a_state_is_replaced_and_can_be_rolled_back()
    {
        await using var node = await PrivateNode.StartAsync("veth200");
        await node.ApplyAsync(State);
        await LocalMeshctl.RunAsync(node, "backup", Backup, "--passphrase-file", Passphrase("correct horse battery"));
        await node.ApplyAsync(new ChangeRequest { Edits = [new AddFlow("priority=2,udp,actions=output:veth200")] });

        var damaged = Path.Combine(_folder.FullName, "damaged");
        var bytes = await File.ReadAllBytesAsync(Backup, Ct);
        bytes[60] ^= 1;
        await File.WriteAllBytesAsync(damaged, bytes, Ct);
        Assert.Contains("damaged", (await LocalMeshctl.RunAsync(node, "restore", damaged, "--force", "--passphrase-file", Passphrase("correct horse battery"))).Error);
        Assert.Equal(2, (await node.FlowsAsync()).Count);

        Assert.Equal(0, (await LocalMeshctl.RunAsync(node, "restore", Backup, "--force", "--confirm-within", "60", "--passphrase-file", Passphrase("correct horse battery"))).Code);
        Assert.Single(await node.FlowsAsync());
        Assert.Equal(GenerationStatus.AwaitingConfirmation, (await node.Client.StatusAsync(Ct)).Pending!.Status);
        Assert.Equal(0, (await LocalMeshctl.RunAsync(node, "rollback")).Code);
        Assert.Equal(2, (await node.FlowsAsync()).Count);
    }

    [Fact]
    public async Task Validate_leads_to_line_and_column_by_itself_and_by_the_node()
    {
        await using var node = await PrivateNode.StartAsync("veth200");
        await node.ApplyAsync(State);
        var file = Path.Combine(_folder.FullName, "state.json");
        await File.WriteAllTextAsync(file, "{\n  \"bridge\": { \"adress\": \"10.1.0.1/24\",\n    \"ports\": [ {} ] }\n}", Ct);
        var (code, _, error) = await LocalMeshctl.RunAsync(node, "validate", file);
        Assert.Equal(1, code);
        Assert.Contains("bridge.adress (line 2, column", error);
        Assert.Contains("bridge.ports[0].name (line 3, column 16)", error);

        await File.WriteAllTextAsync(file, State.Replace("\"priority=1,ip,actions=drop\"", "\n\"priority=1,ip,actions=output:veth20\",\n\"priority=1,ipp,actions=drop\""), Ct);
        (code, _, error) = await LocalMeshctl.RunAsync(node, "validate", file);
        Assert.Equal(1, code);
        Assert.Contains("(line 2, column 1): \"veth20\" is not a port", error);
        Assert.Contains("(line 3, column 13)", error);

        await File.WriteAllTextAsync(file, State, Ct);
        Assert.Contains("no faults", (await LocalMeshctl.RunAsync(node, "validate", file)).Output);
        var (output, note) = (new StringWriter(), new StringWriter());
        Assert.Equal(0, await MeshMcp.Cli.Commands.Meshctl.RunAsync(["validate", file, "--socket", "/nowhere/s"], output, note, Ct));
        Assert.Contains("only the document's form", note.ToString());
    }

    [Theory]
    [InlineData("correct horse", true, false)]
    [InlineData("correct horse", true, true)]
    [InlineData("battery staple", false, false)]
    public async Task On_a_terminal_the_passphrase_is_asked_for_twice_and_never_shown(string again, bool same, bool pasted)
    {
        await using var node = await PrivateNode.StartAsync();
        await node.ApplyAsync("""{ "bridge": { "datapath": "netdev" } }""");
        using var terminal = Terminal.Start(PrivateNode.Binary("Cli", "meshctl"), "backup", Backup, "--socket", node.Socket);

        await terminal.SeesAsync("Passphrase:");
        await terminal.TypeAsync(pasted ? $"correct horse\n{again}\n" : "correct horse\n");
        await terminal.SeesAsync("Once more:");
        if (!pasted) await terminal.TypeAsync($"{again}\n");

        Assert.Equal(same ? 0 : 1, await terminal.EndAsync());
        Assert.Equal(same, File.Exists(Backup));
        Assert.Contains(same ? "wrote" : "not the same", terminal.Shown, StringComparison.Ordinal);
        Assert.DoesNotContain("horse", terminal.Shown, StringComparison.Ordinal);
        Assert.DoesNotContain("staple", terminal.Shown, StringComparison.Ordinal);
    }

    string Backup => Path.Combine(_folder.FullName, "node.backup");

    string Passphrase(string text)
    {
        var file = Path.Combine(_folder.FullName, "passphrase");
        File.WriteAllText(file, text + "\n");
        return file;
    }

    static string Text(StateView view) => JsonSerializer.Serialize(view.State, MeshJson.Default.NodeState);

    public void Dispose() => _folder.Delete(recursive: true);
}
