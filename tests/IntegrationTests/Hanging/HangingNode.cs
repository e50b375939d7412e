using System.Diagnostics;
using System.Globalization;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Nodes;
using MeshMcp.TestKit;
using Xunit;

namespace MeshMcp.IntegrationTests.Hanging;

/// <summary>A booted machine with Open vSwitch and the real agent, in which daemons and programs are made to hang.</summary>
sealed class HangingNode : IAsyncDisposable
{
    public const int Deadline = 5;
    const string Marks = "/run/hanging";
    const UnixFileMode Executable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    static readonly string[] Folders = ["/usr/sbin", "/usr/bin"];
    static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    /// <summary>What the interface promises.</summary>
    static readonly TimeSpan Answers = TimeSpan.FromSeconds(2.5), Late = TimeSpan.FromSeconds(2);

    /// <summary>Until a change has been made; far below what a program that hangs is given.</summary>
    static readonly TimeSpan Applied = TimeSpan.FromSeconds(12);

    readonly BootedNode _node;

    HangingNode(BootedNode node) => _node = node;

    public BootedMachine Machine => _node.Machine;
    public NodeClient Client => _node.Client;

    /// <summary>The longest that an undo came after its deadline.</summary>
    public TimeSpan Worst { get; private set; }

    /// <param name="section">More of the document, as <c>, "name": { … }</c>.</param>
    public static async Task<HangingNode> StartAsync(string section)
    {
        var node = new HangingNode(await BootedNode.StartAsync());
        try
        {
            Directory.CreateDirectory(node.Seen(Marks));
            await node.Machine.AddOpenVSwitchAsync();
            await node.Machine.ExecAsync("systemctl", "start", "openvswitch-switch.service");
            for (var i = 1; i <= 3; i++)
                await node.Machine.AddUnitAsync($"probe{i}.service", "[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true\n");
            await Eventually.True(async () => (await node.ApplyAsync(new()
            {
                Declared = System.Text.Json.JsonDocument.Parse($$"""
                    {
                      "bridge": { "address": "10.1.0.1/24", "datapath": "netdev" },
                      "systemd": { "units": { "probe0.service": { "active_state": "active" } } },
                      "openflow": { "bridges": { "mesh": { "flows": [ "priority=200,arp,actions=normal", "priority=0,actions=drop" ] } } }{{section}}
                    }
                    """).RootElement,
            })).Generation?.Status == GenerationStatus.Confirmed, Soon, "the document is applied");
            return node;
        }
        catch
        {
            await node.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync() => await _node.DisposeAsync();

    /// <summary>A file of the machine, seen from here.</summary>
    public string Seen(string path) => Machine.Root + path;

    public Task StopAsync(string process) => Machine.ExecAsync("kill", "-STOP", process);

    /// <summary>In the place of a program, or of one that is not installed: one that never ends, and answers nothing.</summary>
    public void ReplaceByHanging(string program)
    {
        var folder = Folders.FirstOrDefault(f => File.Exists(Seen($"{f}/{program}"))) ?? Folders[^1];
        File.Delete(Seen($"{folder}/{program}"));
        File.WriteAllText(Seen($"{folder}/{program}"), $"#!/bin/sh\ntouch {Marks}/{program}\nexec sleep infinity\n");
        File.SetUnixFileMode(Seen($"{folder}/{program}"), Executable);
    }

    public Task HangsAsync(string program) => Eventually.True(() => File.Exists(Seen($"{Marks}/{program}")), Soon, $"{program} was started and hangs");

    public async Task<ApplyEvent.Finished> ApplyAsync(ChangeRequest request) => (ApplyEvent.Finished)(await _node.ApplyAsync(request))[^1];

    /// <summary>Applied in good time; waits for its confirmation.</summary>
    public async Task<int> MakeAsync(Edit edit, int within)
    {
        var end = await ApplyAsync(new() { Edits = [edit], ConfirmWithin = within }).WaitAsync(Applied);
        Assert.True(end.Generation?.Status == GenerationStatus.AwaitingConfirmation, end.Error?.Message);
        Assert.True(await IsInPlaceAsync(edit), $"{edit.Describe()} is in place");
        return end.Generation!.Number;
    }

    public async Task KeepAsync(Edit edit)
    {
        var number = await MakeAsync(edit, 60);
        Assert.Equal(GenerationStatus.Confirmed, (await Client.ConfirmAsync(number, new(), default).WaitAsync(Late)).Status);
        Assert.True(await IsInPlaceAsync(edit), $"{edit.Describe()} stays");
    }

    /// <param name="meanwhile">Done while it waits.</param>
    public async Task LapseAsync(Edit edit, Func<Task> meanwhile)
    {
        var number = await MakeAsync(edit, Deadline);
        var since = Stopwatch.StartNew();
        var doing = meanwhile();
        await Eventually.True(async () => (await Client.GenerationAsync(number, default)).Status == GenerationStatus.RolledBack, TimeSpan.FromSeconds(Deadline) + Soon, $"{edit.Describe()} is undone");
        var late = since.Elapsed - TimeSpan.FromSeconds(Deadline);
        Worst = late > Worst ? late : Worst;
        await doing;
        Assert.False(await IsInPlaceAsync(edit), $"{edit.Describe()} is gone");
        Assert.True(late < Late, $"undone {late.TotalSeconds.ToString("0.00", CultureInfo.InvariantCulture)} s after its deadline");
    }

    /// <summary>What the status says of the system; it answered in time.</summary>
    public async Task<string> StatusOfAsync(string system)
    {
        var clock = Stopwatch.StartNew();
        var status = await Client.StatusAsync(default);
        Assert.True(clock.Elapsed < Answers, $"the status took {clock.Elapsed.TotalSeconds.ToString("0.00", CultureInfo.InvariantCulture)} s");
        return string.Join(' ', [status.Systems.Single(s => s.Name == system).Problem, .. status.Findings.Where(f => f.Path == system).Select(f => f.Message)]);
    }

    /// <summary>Flows by the switch, units by systemd: not by our own word.</summary>
    public async Task<bool> IsInPlaceAsync(Edit edit) => edit switch
    {
        AddFlow add => (await Machine.ExecAsync("ovs-ofctl", "-O", "OpenFlow14", "--no-stats", "dump-flows", "mesh")).Contains(add.Flow[add.Flow.IndexOf("tp_dst", StringComparison.Ordinal)..].Split(',')[0], StringComparison.Ordinal),
        SetUnit set => await Machine.ShowAsync(set.Unit, "ActiveState") == "active",
        _ => throw new MeshException(ErrorKind.Bug, $"{edit} is not looked for."),
    };
}
