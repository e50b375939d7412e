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

    [Fact]
    public async Task A_machine_has_the_programs_of_a_checkout_below_tmp_which_is_its_own()
    {
        var checkout = Directory.CreateTempSubdirectory("checkout of mine");
        try
        {
            var programs = checkout.CreateSubdirectory("bin").FullName;
            await File.WriteAllTextAsync($"{programs}/program", "here", TestContext.Current.CancellationToken);
            await using var machine = await BootedMachine.StartAsync([programs]);
            Assert.Equal("here", await machine.ExecAsync("cat", $"{programs}/program"));
            Assert.Equal("tmpfs", (await machine.ExecAsync("stat", "--file-system", "--format=%T", "/tmp")).Trim());
        }
        finally
        {
            checkout.Delete(recursive: true);
        }
    }
}
