using MeshMcp.Contracts.State;
using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Nodes;
using MeshMcp.TestKit;
using Xunit;

namespace MeshMcp.IntegrationTests.Netmaker;

/// <summary>The node that has the server: what its state says is made at the server by the REST API.</summary>
[Collection(nameof(NetmakerLab))]
public sealed class ServerNodeTests(NetmakerLab lab)
{
    [Fact]
    public async Task The_state_of_the_servers_node_makes_network_membership_egress_and_environment()
    {
        var status = await lab.Server.NetmakerAsync(default);
        Assert.True(status is { Joined: true, DeviceUp: true, Address: "10.101.0.1/16", Egress: [{ Range: "10.1.0.0/24", Registered: true }] }, status.ToString());

        var file = lab.Lab.FileIn(NetmakerLab.Vps, "/etc/netmaker/netmaker.env");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        Assert.Contains($"SERVER_HTTP_HOST={NetmakerLab.Api}", await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Contains("listening port: 51821", await lab.RunAsync(NetmakerLab.Vps, "wg", "show", "nm-server"), StringComparison.Ordinal);
        var host = Assert.Single((await lab.Server.NetmakerHostsAsync(default)).Hosts, h => h.Name == NetmakerLab.Vps);
        Assert.Equal(("203.0.113.10", 51821), (host.Endpoint, host.Port));
    }

    [Fact]
    public async Task A_changed_environment_file_is_put_back_with_the_same_password()
    {
        var file = lab.Lab.FileIn(NetmakerLab.Vps, "/etc/netmaker/netmaker.env");
        var before = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(file, before.Replace("VERBOSITY=1", "VERBOSITY=4", StringComparison.Ordinal), TestContext.Current.CancellationToken);

        // What has no watcher is healed with the next cause.
        await lab.Server.PutSecretAsync("netmaker-master-key", SecretKind.NetmakerMasterKey, NetmakerLab.MasterKey, default);

        await Eventually.True(() => File.ReadAllText(file) == before, NetmakerLab.Hangs, "the file is as it was");
    }

    [Fact]
    public async Task Keys_have_one_end_and_a_name_of_their_own()
    {
        var name = $"k-{Guid.NewGuid():N}"[..12];
        var made = await lab.Server.CreateEnrollmentKeyAsync(new(name, Unlimited: true), default);
        Assert.Equal(NetmakerLab.Network, made.Network);

        Assert.Equal(ErrorKind.Conflict, (await Refused(new(name, Uses: 1))).Kind);
        Assert.Equal("name", (await Refused(new("ab", Uses: 1))).Target);
        Assert.Equal("uses", (await Refused(new("both-ends", Uses: 1, Unlimited: true))).Target);
        Assert.Equal("uses", (await Refused(new("no-end"))).Target);
        Assert.Equal("expires", (await Refused(new("too-late", Expires: TimeProvider.System.GetUtcNow().AddDays(-1)))).Target);
        Assert.Equal(["privacy-mesh"], (await Refused(new("elsewhere", "privacy-mash", Uses: 1))).Problems![0].Nearest);

        async Task<MeshError> Refused(EnrollmentKeyRequest request) => (await Assert.ThrowsAsync<MeshException>(() => lab.Server.CreateEnrollmentKeyAsync(request, default))).Error;
    }

    [Fact]
    public async Task Egress_of_an_unknown_host_or_of_a_network_behind_another_is_refused_by_name()
    {
        var unknown = (await Assert.ThrowsAsync<MeshException>(() => lab.Server.SetEgressAsync(new("vpss", "10.9.0.0/24"), false, default))).Error;
        Assert.Equal(["vps"], unknown.Problems![0].Nearest);

        await lab.JoinAsync(await lab.NewKeyAsync());
        try
        {
            var taken = (await Assert.ThrowsAsync<MeshException>(() => lab.Server.SetEgressAsync(new(NetmakerLab.Far, "10.1.0.0/25"), false, default))).Error;
            Assert.Equal(ErrorKind.Conflict, taken.Kind);
            Assert.Contains("10.1.0.0/24 is behind vps already", taken.Message, StringComparison.Ordinal);

            Assert.Equal(["10.7.0.0/24"], (await lab.Server.SetEgressAsync(new(NetmakerLab.Far, "10.7.0.0/24"), false, default)).Egress);
            Assert.Equal(["10.7.0.0/24"], (await lab.Server.SetEgressAsync(new(NetmakerLab.Far, "10.7.0.0/24"), false, default)).Egress);
            Assert.Empty((await lab.Server.SetEgressAsync(new(NetmakerLab.Far, "10.7.0.0/24"), true, default)).Egress);
        }
        finally
        {
            await lab.OutAsync();
        }
    }

    [Fact]
    public async Task A_node_that_is_not_the_servers_has_no_keys_to_give()
    {
        var refused = (await Assert.ThrowsAsync<MeshException>(() => lab.Client.CreateEnrollmentKeyAsync(new("some-key", Uses: 1), default))).Error;

        Assert.Equal(ErrorKind.NotSupported, refused.Kind);
    }

    [Fact]
    public async Task Faults_of_the_section_are_told_all_at_once()
    {
        var faulty = NetmakerLab.ClientSection("http://203.0.113.10:8081") with { Network = "Privacy Mesh", Bridge = "other", ListenPort = 0, EnrollmentKey = "plain", AddressRange = "10.0.0.0/16", Egress = ["ten"] };

        var refused = (await Assert.ThrowsAsync<MeshException>(() => lab.Client.PlanAsync(new() { Edits = [new JoinNetmaker(faulty)] }, default))).Error;

        Assert.Equal(["netmaker.network", "netmaker.bridge", "netmaker.listen_port", "netmaker.server", "netmaker.enrollment_key", "netmaker.address_range", "netmaker.egress[0]"],
            refused.Problems!.Where(p => p.Path.StartsWith("netmaker", StringComparison.Ordinal)).Select(p => p.Path));
    }
}
