using System.Diagnostics;
using MeshMcp.EndToEndTests;
using MeshMcp.Lab;
using MeshMcp.TestKit;
using Xunit;

[assembly: AssemblyFixture(typeof(LabFixture))]
// One lab for all: a test that kills a daemon must not meet another that needs it.
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]

namespace MeshMcp.EndToEndTests;

/// <summary>The one lab of a test run, with a prefix and a loopback port of its own. It goes down with the run, however that ends.</summary>
public sealed class LabFixture : IAsyncLifetime
{
    public MeshLab Lab { get; } = new(LabPrefix.Next('e'));

    /// <summary>What ran when the lab came up.</summary>
    public LabState Started { get; private set; } = null!;

    public Uri Url => new(Started.Url);

    public string Token => Started.Token;

    public async ValueTask InitializeAsync()
    {
        Started = await Lab.UpAsync(port: 0, owner: Environment.ProcessId);
    }

    /// <summary>The process id of a daemon that is running, for example <c>vps/ovs-vswitchd</c>.</summary>
    public async Task<int?> PidAsync(string daemon) => (await Lab.StateAsync())!.Daemons.First(d => d.Name == daemon).Pid;

    /// <summary>SIGKILL; the supervisor starts it again.</summary>
    public async Task KillAsync(string daemon)
    {
        using var process = Process.GetProcessById((await PidAsync(daemon))!.Value);
        process.Kill();
        await process.WaitForExitAsync();
    }

    /// <summary>Stops it as a service supervisor would, and starts it again.</summary>
    public async Task RestartAsync(string daemon)
    {
        await Lab.StopAsync(daemon);
        await Lab.StartAsync(daemon);
    }

    public async ValueTask DisposeAsync() => await Lab.DownAsync();
}
