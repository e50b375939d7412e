using MeshMcp.TestKit;
using Xunit;

namespace MeshMcp.IntegrationTests.Systemd;

public sealed class BootedMachineTests
{
    [Fact]
    public async Task A_machine_boots_and_leaves_nothing_behind()
    {
        var machine = await BootedMachine.StartAsync();
        Assert.Equal("active", await machine.ShowAsync("dbus.socket", "ActiveState"));
        await machine.DisposeAsync();
        Assert.False(Directory.Exists(machine.Folder));
    }
}
