using MeshMcp.Cli.Commands;
using MeshMcp.Cli.Output;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Joining;
using MeshMcp.Contracts.Nodes;

namespace MeshMcp.Cli.Joining;

/// <summary>The Netmaker side of joining: a new node's place in the network is what gives it the address that the mesh reaches it at.</summary>
/// <param name="device">What netclient calls its device where the state does not say it.</param>
sealed class Membership(string socket, string device, Printer printer)
{
    /// <summary>This machine's address in the network, without prefix length; it becomes a member with the invitation's key when it is none.</summary>
    /// <exception cref="MeshException">The invitation is not spent.</exception>
    public async Task<string> AddressAsync(Invitation invitation, CancellationToken ct)
    {
        using var node = new NodeClient("local", NodeTransport.Create(new NodeEndpoint.Local(socket)));
        var status = await StatusAsync(node, ct);
        if (!status.Joined)
        {
            if (invitation.NetmakerKey is not { } key)
                throw new MeshException(ErrorKind.InvalidArgument, "This machine is in no Netmaker network, and the invitation has no key for one.", "--address", "Say where its relay is reached: --address IP. The invitation is not spent yet.");
            var edit = await node.PrepareJoinAsync(new(key, invitation.Network, status.Interface is null ? device : null), ct);
            await ChangeReport.EndAsync(node, node.ApplyAsync(new() { Edits = [edit], Why = $"joins the mesh as {invitation.Node}" }, CancellationToken.None), printer, ct);
            status = await StatusAsync(node, ct);
        }
        return status.Address?.Split('/')[0] ?? throw new MeshException(ErrorKind.Unavailable, $"This machine has no address in its Netmaker network: {status.Verdict}", "netmaker", "Mend that, then run the same command again; the invitation is not spent yet.");
    }

    async Task<NetmakerStatus> StatusAsync(NodeClient node, CancellationToken ct)
    {
        try
        {
            return await node.NetmakerAsync(ct);
        }
        catch (MeshException e) when (e.Error.Kind == ErrorKind.Unavailable)
        {
            throw new MeshException(ErrorKind.Unavailable, $"Without --address this machine's place in the Netmaker network must be known, and no host bridge answers at {socket}.", "--address",
                "Start meshmcp-hostbridge as root, or say where the relay is reached: --address IP. The invitation is not spent yet.", e);
        }
    }
}
