using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Store;

namespace MeshMcp.HostBridge.Systems.Netmaker;

/// <summary>What the steps of a plan do.</summary>
sealed class NetmakerWork(Netclient netclient, NetmakerApi api, ServerLook server, SecretStore secrets, NetmakerLedger ledger)
{
    /// <summary>By the key's digest: a key that was refused is not shown to the server again and again. Forgotten with the process.</summary>
    readonly ConcurrentDictionary<string, string> _refusals = [];

    public NetmakerLedger Ledger => ledger;

    public string? RefusalOf(string token) => _refusals.GetValueOrDefault(Digest(token));

    /// <exception cref="MeshException">Client mode: no master key is used there. Server mode: endpoint or key are missing.</exception>
    public ApiAccess Access(NetmakerSection? section)
    {
        if (section is not { Mode: NetmakerMode.Server })
            throw new MeshException(ErrorKind.NotSupported, "This node is not the Netmaker server's: only that one has the master key.", "node", "Ask the node whose section netmaker has mode server.");
        if (ServerAddress.Read(section.ApiEndpoint, "netmaker.api_endpoint") is not { Address: { } endpoint } read)
            throw new MeshException(ErrorKind.Unavailable, ServerAddress.Read(section.ApiEndpoint, "netmaker.api_endpoint").Waiting!, "netmaker.api_endpoint");
        return new(read.Address, secrets.Find(section.MasterKey, SecretKind.NetmakerMasterKey)?.Trim()
            ?? throw new MeshException(ErrorKind.Unavailable, $"The master key {SecretReference.NameIn(section.MasterKey)} is not on this node.", "netmaker.master_key", "Put it there: meshctl secret set NAME --kind netmaker-master-key"));
    }

    public Task WriteEnvironment(NetmakerSection section)
    {
        var access = Access(section);
        ServerEnvironment.Write(access.Endpoint, access.MasterKey);
        ledger.Write(section);
        return Task.CompletedTask;
    }

    public Task DeleteEnvironment()
    {
        ServerEnvironment.Delete();
        ledger.Delete();
        return Task.CompletedTask;
    }

    public async Task AddNetworkAsync(NetmakerSection section, CancellationToken ct)
    {
        server.Forget();
        await api.AddNetworkAsync(Access(section), section.Network, section.AddressRange, ct);
    }

    public async Task JoinAsync(NetmakerSection section, string node, CancellationToken ct)
    {
        server.Forget();
        var token = section.Mode == NetmakerMode.Server ? await OwnKeyAsync(section, node, ct) : secrets.Find(section.EnrollmentKey, SecretKind.NetmakerEnrollmentKey)
            ?? throw new MeshException(ErrorKind.NotFound, $"The enrollment key {SecretReference.NameIn(section.EnrollmentKey)} has gone.", "netmaker.enrollment_key");
        var before = ledger.Read();
        ledger.Write(section);
        try
        {
            await netclient.JoinAsync(Options(section, node), token, ct);
        }
        catch (JoinFailure e)
        {
            if (before is null) ledger.Delete(); else ledger.Write(before);
            if (e.Final) _refusals[Digest(token)] = e.Message;
            throw new MeshException(e.Final ? ErrorKind.InvalidArgument : ErrorKind.Unavailable, $"{e.Message}.", e.Final ? "netmaker.enrollment_key" : "netmaker.server",
                e.Final ? "Make a new key on the server's node with create_enrollment_key, and join with it." : "Check that the server runs, that its certificate is believed here, and that the port is open.", e);
        }
    }

    public async Task SetConnectedAsync(string network, bool connected, CancellationToken ct)
    {
        server.Forget();
        await netclient.SetConnectedAsync(network, connected, ct);
    }

    /// <summary>The network of a membership of ours that was set aside and is to end for good; null when there is none.</summary>
    public string? ToPurge(NodeState desired) =>
        ledger.Read() is not { Network: var network } || (desired.Netmaker is { Enabled: true } wanted && wanted.Network == network) ? null
        : NetclientFiles.Memberships().GetValueOrDefault(network) is { Connected: false } ? network : null;

    /// <summary>Ends a membership. The server must answer.</summary>
    public async Task LeaveAsync(string network, CancellationToken ct)
    {
        server.Forget();
        await netclient.LeaveAsync(network, ct);
        // In server mode the environment file still has the mark.
        if (ledger.Read() is not { Mode: NetmakerMode.Server }) ledger.Delete();
    }

    public async Task PushAsync(NetmakerSection section, CancellationToken ct)
    {
        await netclient.PushAsync(Options(section, ""), ct);
        ledger.Write(section);
    }

    public async Task AddOwnEgressAsync(NetmakerSection section, string range, CancellationToken ct)
    {
        server.Forget();
        var access = Access(section);
        var id = NetclientFiles.Host()?.Id;
        var node = (await api.NodesAsync(access, ct)).FirstOrDefault(n => n.HostId == id && n.Network == section.Network)
            ?? throw new MeshException(ErrorKind.NotFound, $"The server does not know this host as a member of {section.Network}.", "netmaker.network");
        await api.AddEgressAsync(access, section.Network, node.Id, NetclientFiles.Host()?.Name ?? "", range, ct);
    }

    public async Task DeleteEgressAsync(NetmakerSection section, string id, CancellationToken ct)
    {
        server.Forget();
        await api.DeleteEgressAsync(Access(section), id, ct);
    }

    /// <summary>Its peers must find the server's own host at its public address; a name is left to the server's guess.</summary>
    static JoinOptions Options(NetmakerSection section, string node) => new(section.Network, section.Interface, section.Port(),
        section.Mode == NetmakerMode.Server && ServerAddress.Read(section.ApiEndpoint, "").Address is { } endpoint ? ServerAddress.Literal(endpoint)?.ToString() : null, node);

    async Task<string> OwnKeyAsync(NetmakerSection section, string node, CancellationToken ct)
    {
        var tag = $"{(node.Length > 20 ? node[..20] : node)}-{RandomNumberGenerator.GetHexString(8, lowercase: true)}";
        var token = (await api.AddKeyAsync(Access(section), new([section.Network], [tag], 1, 0, false), ct)).Token;
        secrets.Hide("netmaker-own-key", token);
        return token;
    }

    static string Digest(string token) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token.Trim())));
}
