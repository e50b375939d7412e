using MeshMcp.Lab;
using MeshMcp.TestKit;
using Xunit;

namespace MeshMcp.EndToEndTests;

/// <summary>
/// The architecture document's own two configurations, word for word: accepted, applied as written, what waits is named, and what they cannot carry is not carried.
/// A busybox root file system with this machine's C library stands under both of the document's template names.
/// </summary>
public sealed class DocumentTests
{
    static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task The_documents_configuration_is_applied_as_written_and_carries_management_but_neither_of_its_other_two_flows()
    {
        var lab = new MeshLab(LabPrefix.Next('w'));
        try
        {
            await lab.UpAsync(port: 0, owner: Environment.ProcessId);
            foreach (var node in new[] { "oo1424oo", "vps" })
            {
                foreach (var template in new[] { "alpine-3.19", "ubuntu-22.04" })
                    await lab.In(node, "env", "meshctl", "template", "build", "busybox-glibc", template).TextAsync();
                var applied = await lab.In(node, "env", "meshctl", "apply", "-").TextAsync(await File.ReadAllTextAsync(Path.Combine(Examples, $"{node}.document.json")));
                // The lab's nodes have no systemd.
                Assert.Contains("waiting systemd.units.openvswitch.service", applied);
                Assert.Contains("waiting packagekit.packages.wireguard-tools", applied);
                if (node == "vps")
                {
                    Assert.Contains("placeholder", applied);
                    // The containers that serve the caller were made anew.
                    await lab.In(node, "env", "meshctl", "confirm").TextAsync();
                }
            }
            Assert.Contains("priority=80,in_port=102", await lab.In("oo1424oo", "ovs-ofctl", "--no-names", "--no-stats", "dump-flows", "mesh").TextAsync());

            await Eventually.True(async () => (await UserAsync(lab, "https://203.0.113.10:9574/healthz")).Contains("\"role\":\"api\""), Soon, "management reaches container 201");
            await Eventually.True(async () => (await UserAsync(lab, "https://203.0.113.10:9573/healthz")).Contains("ok"), Soon, "management reaches container 200");
            Assert.False(await PingsAsync(lab, "vps", "200", "10.0.0.100"), "cross-socket");
            Assert.False(await PingsAsync(lab, "oo1424oo", "100", "10.1.0.200"), "cross-socket, back");
            Assert.False(await PingsAsync(lab, "oo1424oo", "100", Traffic.Web), "the gateway's way out");
        }
        finally
        {
            await lab.DownAsync();
        }
    }

    static string Examples { get; } = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../../../examples"));

    static async Task<string> UserAsync(MeshLab lab, string url) => (await lab.In("user", "curl", "-s", "-k", "-m", "5", url).RunAsync()).Text;

    static async Task<bool> PingsAsync(MeshLab lab, string node, string container, string address) =>
        (await lab.In(node, "lxc-attach", "-n", container, "--", "/bin/busybox", "ping", "-c", "1", "-W", "2", address).RunAsync()).ExitCode == 0;
}
