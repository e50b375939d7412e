using System.Security.Cryptography;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Access;
using MeshMcp.HostBridge.Audit;
using MeshMcp.HostBridge.Engine;
using MeshMcp.HostBridge.Store;

namespace MeshMcp.HostBridge.Systems.Wireguard;

/// <summary>
/// Lets a new client in: keys are made here, the edit goes the engine's way, and the configuration is answered once.
/// The private key is never stored; the preshared key is, as a secret of a name that no other client ever had.
/// </summary>
public sealed class VpnAdmission(NodeEngine engine, WireguardKeys keys, SecretStore secrets)
{
    public async Task<(VpnAccess Answer, Outcome Outcome)> AddAsync(Caller caller, NewVpnClient wanted)
    {
        var vpn = engine.Desired.Wireguard?.VpnServer ?? throw new MeshException(ErrorKind.NotFound, "This node has no VPN server.", "wireguard.vpn_server", "Declare one with interface, listen_port and ip_pool first.");
        if (!WireguardFaults.IsClientName(wanted.Name))
            throw new MeshException(ErrorKind.InvalidArgument, $"\"{wanted.Name}\" is no name of a client.", "name", $"Use {WireguardFaults.NameForm}.");
        var privateKey = wanted.PublicKey is null && vpn.AutoProvision ? await keys.PrivateAsync(CancellationToken.None) : null;
        var publicKey = privateKey is null ? wanted.PublicKey ?? "" : await keys.PublicAsync(privateKey, CancellationToken.None);
        var preshared = await keys.PresharedAsync(CancellationToken.None);
        var secret = $"vpn-{wanted.Name}-{RandomNumberGenerator.GetHexString(8, lowercase: true)}";
        secrets.Put(secret, SecretKind.PresharedKey, preshared.Value);
        var admitted = false;
        try
        {
            var client = new VpnClient { Name = wanted.Name, Address = wanted.Address ?? "", PublicKey = publicKey, PresharedKey = SecretReference.Of(secret), Expires = wanted.Expires };
            var end = await EndAsync(new() { Edits = [new AddVpnClient(client, wanted.Renew ? true : null)], ConfirmWithin = wanted.ConfirmWithin, Why = wanted.Why }, caller);
            if (end.Error is { } error) throw new MeshException(error);
            admitted = true;
            return (await AccessAsync(wanted.Name, privateKey, preshared, end.Generation) with { Waits = end.News?.Where(f => f.Waits).ToArray() is { Length: > 0 } waits ? waits : null }, new(end.Generation?.Status.ToString() ?? "unchanged", end.Generation?.Number));
        }
        finally
        {
            if (!admitted) secrets.Delete(secret);
        }
    }

    async Task<VpnAccess> AccessAsync(string name, SecretKey? privateKey, SecretKey preshared, Generation? generation)
    {
        var state = engine.Desired;
        var vpn = state.Wireguard!.VpnServer!;
        var client = vpn.Clients.First(c => c.Name == name);
        var server = await keys.PublicAsync(await keys.OwnAsync(vpn.Interface, CancellationToken.None), CancellationToken.None);
        var notes = new List<string>();
        var text = ClientConfiguration.Text(client, state, privateKey, preshared, server, notes);
        return new(client.Name, client.Address, client.PublicKey, client.Expires, text, notes, generation);
    }

    async Task<ApplyEvent.Finished> EndAsync(ChangeRequest request, Caller caller)
    {
        ApplyEvent.Finished? end = null;
        await foreach (var what in engine.Apply(request, caller).ReadAllAsync(CancellationToken.None)) end = what as ApplyEvent.Finished ?? end;
        return end ?? throw new MeshException(ErrorKind.Bug, "The change ended without an end.");
    }
}
