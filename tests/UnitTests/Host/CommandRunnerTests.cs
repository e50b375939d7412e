using System.Diagnostics;
using MeshMcp.Contracts.Errors;
using MeshMcp.HostBridge.Host;
using MeshMcp.TestKit;
using Xunit;

namespace MeshMcp.UnitTests.Host;

[Collection(nameof(Alone))]
public sealed class CommandRunnerTests
{
    readonly CommandRunner runner = new();

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Arguments_arrive_as_they_are_and_the_input_is_read()
    {
        var said = await runner.RunAsync(Command.Of("printf", "%s|", "a b", "$(id)", "\"'", ""), Ct);
        Assert.Equal("a b|$(id)|\"'||", said.Output);
        var read = await runner.RunAsync(Command.Of("cat") with { Input = "größe\n" }, Ct);
        Assert.Equal("größe\n", read.Output);
    }

    [Fact]
    public async Task A_non_zero_exit_is_an_error_with_what_the_program_said()
    {
        var refused = await Assert.ThrowsAsync<MeshException>(() => runner.RunAsync(Command.Of("ls", "/no/such/folder"), Ct));
        Assert.Equal(ErrorKind.CommandFailed, refused.Error.Kind);
        Assert.Contains("/no/such/folder", refused.Message);
        Assert.Contains("No such file or directory", refused.Message);
        Assert.Equal(2, (await runner.RunAsync(Command.Of("ls", "/no/such/folder") with { SuccessCodes = [0, 2] }, Ct)).ExitCode);
    }

    [Fact]
    public async Task A_missing_program_names_its_Debian_package()
    {
        Assert.SkipWhen(File.Exists("/usr/bin/lxc-info"), "lxc is installed here");
        var missing = await Assert.ThrowsAsync<MeshException>(() => runner.RunAsync(Command.Of("lxc-info"), Ct));
        Assert.Equal(ErrorKind.Unavailable, missing.Error.Kind);
        Assert.Contains("apt-get install lxc", missing.Error.Hint);
    }

    [Fact]
    public async Task A_program_that_does_not_end_is_killed_with_its_children()
    {
        var marker = $"{31536000 + Random.Shared.Next(1_000_000)}";
        var late = await Assert.ThrowsAsync<MeshException>(() => runner.RunAsync(
            Command.Of("sh", "-c", $"sleep {marker} & echo waiting >&2; wait") with { Timeout = TimeSpan.FromMilliseconds(300) }, Ct));
        Assert.Equal(ErrorKind.Timeout, late.Error.Kind);
        Assert.Contains("waiting", late.Message);
        await Eventually.True(() => !Running(marker), TimeSpan.FromSeconds(5), "the child is gone", Ct);
    }

    [Fact]
    public async Task A_program_that_takes_nothing_holds_up_no_other()
    {
        using var end = new CancellationTokenSource();
        var deaf = runner.RunAsync(Command.Of("sleep", "1000") with { Input = new('x', 1 << 20), Timeout = TimeSpan.FromMinutes(5) }, end.Token);
        try
        {
            var said = await runner.RunAsync(Command.Of("echo", "here") with { Timeout = TimeSpan.FromMinutes(1) }, Ct);

            Assert.Equal(("here\n", false), (said.Output, deaf.IsCompleted));
        }
        finally
        {
            await end.CancelAsync();
            await Task.WhenAny(deaf);
        }
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => deaf);
    }

    [Fact]
    public async Task Cancelling_kills_the_program()
    {
        var marker = $"{31536000 + Random.Shared.Next(1_000_000)}";
        using var cancel = new CancellationTokenSource();
        var run = runner.RunAsync(Command.Of("sleep", marker), cancel.Token);
        await Eventually.True(() => Running(marker), TimeSpan.FromSeconds(5), "it runs", Ct);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        await Eventually.True(() => !Running(marker), TimeSpan.FromSeconds(5), "it is gone", Ct);
    }

    [Fact]
    public async Task A_child_left_behind_does_not_hold_the_answer()
    {
        var clock = Stopwatch.StartNew();
        var said = await runner.RunAsync(Command.Of("sh", "-c", "sleep 20 & echo started"), Ct);
        Assert.Equal("started\n", said.Output);
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Nothing_of_the_service_activation_is_inherited()
    {
        Environment.SetEnvironmentVariable("LISTEN_FDS", "1");
        Environment.SetEnvironmentVariable("NOTIFY_SOCKET", "/run/systemd/notify");
        try
        {
            var env = await runner.RunAsync(Command.Of("env"), Ct);
            Assert.DoesNotContain("LISTEN_FDS", env.Output);
            Assert.DoesNotContain("NOTIFY_SOCKET", env.Output);
            Assert.Contains("LC_ALL=C\n", env.Output);
        }
        finally
        {
            Environment.SetEnvironmentVariable("LISTEN_FDS", null);
            Environment.SetEnvironmentVariable("NOTIFY_SOCKET", null);
        }
    }

    [Fact]
    public async Task A_stream_gives_lines_as_they_come_and_fails_with_the_last_ones()
    {
        List<string> lines = [];
        var failed = await Assert.ThrowsAsync<MeshException>(async () =>
        {
            await foreach (var line in runner.StreamAsync(Command.Of("sh", "-c", "echo one; sleep 0.05; echo two >&2; exit 3"), Ct)) lines.Add(line);
        });
        Assert.Equal(["one", "two"], lines);
        Assert.Equal(ErrorKind.CommandFailed, failed.Error.Kind);
        Assert.Contains("code 3", failed.Message);
        Assert.Contains("two", failed.Message);
    }

    [Fact]
    public async Task Leaving_a_stream_ends_its_program()
    {
        var marker = $"{31536000 + Random.Shared.Next(1_000_000)}";
        await foreach (var line in runner.StreamAsync(Command.Of("sh", "-c", $"echo ready; sleep {marker}"), Ct))
        {
            Assert.Equal("ready", line);
            break;
        }
        await Eventually.True(() => !Running(marker), TimeSpan.FromSeconds(5), "it is gone", Ct);
    }

    static bool Running(string marker) =>
        Directory.EnumerateDirectories("/proc").Where(folder => char.IsAsciiDigit(Path.GetFileName(folder)[0])).Any(folder =>
        {
            try
            {
                return File.ReadAllText(Path.Combine(folder, "cmdline")).Contains($"sleep\0{marker}\0", StringComparison.Ordinal);
            }
            catch (IOException)
            {
                return false;
            }
        });
}
