using System.Diagnostics;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Systems.Lxc;
using MeshMcp.TestKit;
using Xunit;

namespace MeshMcp.UnitTests.Lxc;

/// <summary>The init as process 1 of a process namespace of its own, in each shell that a container may have.</summary>
public sealed class InitScriptTests : IDisposable
{
    static readonly TimeSpan Hangs = TimeSpan.FromSeconds(60);

    readonly string _folder = Directory.CreateTempSubdirectory("meshmcp-init-").FullName;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("dash")]
    [InlineData("busybox", "sh")]
    [InlineData("bash", "--posix")]
    public async Task A_service_has_the_time_it_takes_to_end_and_the_init_ends_with_the_last_one(params string[] shell)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root makes a process namespace with its own /proc.");
        Assert.SkipUnless(File.Exists($"/bin/{shell[0]}"), $"There is no {shell[0]} here.");
        using var init = Start(shell, Service("slow", "sleep 1; echo graceful >$0.end; exit 0"), Service("other", "exit 0"), new() { Name = "plain", Port = 3, Command = ["sleep", "300"] });
        try
        {
            await Eventually.True(() => File.Exists(PathTo("slow")) && File.Exists(PathTo("other")), Hangs, "the services run");

            var first = (await File.ReadAllTextAsync($"/proc/{init.Id}/task/{init.Id}/children", Ct)).Trim();
            using var kill = Process.Start("kill", ["-s", "TERM", first]);
            await init.WaitForExitAsync(Ct).WaitAsync(Hangs, Ct);

            Assert.Equal("graceful\n", await File.ReadAllTextAsync(PathTo("slow.end"), Ct));
            Assert.Equal(0, init.ExitCode);
        }
        finally
        {
            // With all that is in it.
            if (!init.HasExited) init.Kill();
        }
    }

    /// <summary>Says that it runs by a file of its name.</summary>
    ContainerService Service(string name, string onTerm) =>
        new() { Name = name, Port = 1, Command = ["/bin/sh", "-c", $"trap '{onTerm}' TERM; : >$0; while :; do sleep 0.1; done", PathTo(name)] };

    Process Start(string[] shell, params ContainerService[] services)
    {
        var (script, logs) = (PathTo("init"), Directory.CreateDirectory(PathTo("logs")).FullName);
        File.WriteAllText(script, InitScript.Of(services));
        return Process.Start(new ProcessStartInfo("unshare", ["--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-c", "mount -t tmpfs none /run && mount --bind \"$0\" /var/log && exec \"$@\"", logs, .. shell, script])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
    }

    string PathTo(string name) => Path.Combine(_folder, name);
}
