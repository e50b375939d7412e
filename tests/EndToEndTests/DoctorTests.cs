using MeshMcp.Lab;
using MeshMcp.TestKit;
using Xunit;

namespace MeshMcp.EndToEndTests;

public sealed class DoctorTests(LabFixture fixture)
{
    const string Node = "oo1424oo";

    static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task The_doctor_is_content_with_the_lab_and_names_each_part_that_is_taken_away()
    {
        await Eventually.True(async () => (await DoctorAsync()).ExitCode == 0, Soon, "nothing is broken");

        await WithoutAsync("relay", "BAD relay", "Nobody listens at 10.0.0.1:9575", "Start the relay");
        await WithoutAsync("ovs-vswitchd", "BAD switch", "Start that daemon");
        await WithoutAsync("hostbridge", "BAD agent", "host bridge", "systemctl start meshmcp-hostbridge");

        await Eventually.True(async () => (await DoctorAsync()).ExitCode == 0, Soon, "nothing is broken any more");
    }

    [Fact]
    public async Task A_firewall_that_drops_what_is_forwarded_is_named()
    {
        await fixture.Lab.In("vps", "nft", "add table ip theirs; add chain ip theirs gate { type filter hook forward priority 10; policy drop; }; add rule ip theirs gate accept").TextAsync();
        try
        {
            Assert.Contains("Chain ip theirs gate of this node's firewall drops forwarded packets", (await fixture.Lab.In("vps", "env", "meshctl", "doctor").RunAsync()).Text);
        }
        finally
        {
            await fixture.Lab.In("vps", "nft", "delete", "table", "ip", "theirs").TextAsync();
        }
    }

    async Task WithoutAsync(string daemon, params IReadOnlyList<string> says)
    {
        await fixture.Lab.StopAsync($"{Node}/{daemon}");
        try
        {
            await Eventually.True(async () => await DoctorAsync() is { ExitCode: 1 } sick && says.All(s => sick.Text.Contains(s, StringComparison.Ordinal)), Soon, $"without {daemon} it says {string.Join(", ", says)}");
        }
        finally
        {
            await fixture.Lab.StartAsync($"{Node}/{daemon}");
        }
    }

    Task<Output> DoctorAsync() => fixture.Lab.In(Node, "env", "meshctl", "doctor").RunAsync();
}
