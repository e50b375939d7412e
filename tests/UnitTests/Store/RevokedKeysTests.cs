using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Store;
using MeshMcp.HostBridge.Systems.Wireguard;
using MeshMcp.UnitTests.Wireguard;
using Xunit;

namespace MeshMcp.UnitTests.Store;

public sealed class RevokedKeysTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("meshmcp-revoked-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(GenerationStatus.Applying, false), InlineData(GenerationStatus.AwaitingConfirmation, false)]
    [InlineData(GenerationStatus.Confirmed, true)]
    [InlineData(GenerationStatus.RolledBack, false), InlineData(GenerationStatus.Failed, false)]
    public void What_a_change_revokes_is_revoked_once_the_change_stands(GenerationStatus status, bool revoked)
    {
        var store = new NodeStore(_folder);
        store.Revoked.Add([("key", "VPN client phone")], default, 1);
        store.Write(new(Of(1, status)));

        Assert.Equal(revoked, store.Revoked.Find("key") is not null);
        Assert.Equal(revoked, new NodeStore(_folder).Revoked.Find("key") is not null);
        Assert.Null(store.Revoked.Find("other"));
        Assert.DoesNotContain("\"key\"", File.ReadAllText(Path.Combine(_folder, "journal.jsonl")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_generation_that_is_not_kept_any_more_has_revoked_all_the_same()
    {
        var store = new NodeStore(_folder);
        store.Revoked.Add([("key", "VPN client phone")], default, 1);

        Assert.Equal("VPN client phone", store.Revoked.Find("key")!.Name);
    }

    [Fact]
    public void A_generation_that_was_undone_revokes_nothing_once_it_is_kept_no_more()
    {
        var store = new NodeStore(_folder);
        store.Revoked.Add([("key", "VPN client phone")], default, 1);
        store.Write(new(Of(1, GenerationStatus.RolledBack)));
        for (var number = 2; store.Generations.Find(1) is not null; number++) store.Write(new(Of(number, GenerationStatus.Confirmed)));

        Assert.Null(store.Revoked.Find("key"));
        Assert.Null(new NodeStore(_folder).Revoked.Find("key"));
    }

    [Fact]
    public void Nothing_is_written_down_where_nothing_more_is_revoked()
    {
        var store = new NodeStore(_folder);
        store.Revoked.Add([("key", "VPN client phone")], default, 1);
        var journal = File.ReadAllBytes(Path.Combine(_folder, "journal.jsonl"));

        store.Revoked.Add([("key", "VPN client phone")], default, 2);
        store.Revoked.Add([], default, 3);

        Assert.Equal(journal, File.ReadAllBytes(Path.Combine(_folder, "journal.jsonl")));
    }

    [Fact]
    public void One_that_is_revoked_again_by_a_change_that_is_undone_stays_revoked_also_in_a_journal_that_is_written_anew()
    {
        foreach (var largest in new[] { NodeJournal.Largest, 1L })
        {
            var folder = Path.Combine(_folder, $"{largest}");
            var store = new NodeStore(folder, largest: largest);
            Change(store, 1, GenerationStatus.Confirmed);
            Change(store, 2, GenerationStatus.RolledBack);

            Assert.Equal(1, store.Revoked.Find("key")!.Generation);
            Assert.Equal(1, new NodeStore(folder, largest: largest).Revoked.Find("key")!.Generation);
        }

        static void Change(NodeStore store, int number, GenerationStatus end)
        {
            using (var moment = store.Begin())
            {
                store.Revoked.Add([("key", "VPN client phone")], default, number);
                store.Write(new(Of(number, GenerationStatus.Applying)));
                moment.Commit();
            }
            store.Write(new(Of(number, end)));
        }
    }

    [Fact]
    public void What_a_change_revokes_that_was_never_written_down_is_not_revoked_by_the_next_one_of_its_number()
    {
        var store = new NodeStore(_folder);
        using (store.Begin()) store.Revoked.Add([("key", "VPN client phone")], default, 1);
        store.Write(new(Of(1, GenerationStatus.Confirmed)));

        Assert.Null(store.Revoked.Find("key"));
        Assert.Null(new NodeStore(_folder).Revoked.Find("key"));
    }

    static Generation Of(int number, GenerationStatus status) => new(number, status, default, "uid 0", null, DeclaredDocuments.Empty, 0, []);

    [Theory]
    [InlineData(false), InlineData(true)]
    public void The_key_of_a_removed_client_or_of_one_with_new_keys_lets_nobody_in_again(bool renewed)
    {
        var store = new NodeStore(_folder);
        var secrets = new SecretStore(Path.Combine(_folder, "secrets"));
        var system = new WireguardSystem(null!, null!, null!, null!, secrets, null!, store, TimeProvider.System);
        var with = new NodeState { Wireguard = new() { VpnServer = new() { Interface = "wg0", ListenPort = 51820, IpPool = "10.9.0.0/24", Clients = [new() { Name = "phone", Address = "10.9.0.2", PublicKey = Keys.Of(2) }] } } };

        var phone = with.Wireguard.VpnServer.Clients[0];
        Assert.Empty(system.Revokes(new AddVpnClient(phone, Renew: true), with));
        Assert.Empty(system.Revokes(new AddVpnClient(phone with { PublicKey = Keys.Of(3) }), with));

        store.Revoked.Add(system.Revokes(renewed ? new AddVpnClient(phone with { PublicKey = Keys.Of(3) }, Renew: true) : new RemoveVpnClient("phone"), with), default, 1);

        var refusal = Assert.Throws<MeshException>(() => system.Resolve(new AddVpnClient(new() { Name = "tablet", Address = "", PublicKey = Keys.Of(2) }), with)).Error;
        Assert.Equal((ErrorKind.Conflict, true), (refusal.Kind, refusal.Message.Contains("never good again", StringComparison.Ordinal)));
    }
}
