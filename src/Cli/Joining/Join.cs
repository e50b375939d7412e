using System.Net;
using System.Text;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Files;
using MeshMcp.Contracts.Joining;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.Trust;

namespace MeshMcp.Cli.Joining;

/// <summary>This machine becomes a node of a mesh, by one invitation.</summary>
sealed class Join(NodeFolder folder, string secrets, TimeProvider time)
{
    public const int RelayPort = 9575;

    /// <summary>Where the enrollment key of an invitation is stored, as the <c>netmaker</c> section names it unless told otherwise.</summary>
    const string NetmakerSecret = "netmaker-key";

    /// <summary>An address where a relay can listen, with the relay's port when none is given.</summary>
    /// <exception cref="MeshException">InvalidArgument.</exception>
    public static string AddressOf(string text)
    {
        var given = IPAddress.TryParse(text, out var bare) ? new IPEndPoint(bare, RelayPort).ToString() : text;
        return HostPort.TryParse(given, out var address) && address is IPEndPoint { Port: > 0 } listen && !listen.Address.Equals(IPAddress.Any) && !listen.Address.Equals(IPAddress.IPv6Any)
            ? given
            : throw new MeshException(ErrorKind.InvalidArgument, $"'{text}' is not an address of this machine that the mesh can reach.", "--address", $"Write an IP address, or {HostPort.Form}.");
    }

    /// <param name="given">Where the relay listens; null: at the machine's address in the Netmaker network, which <paramref name="membership"/> finds out.</param>
    /// <exception cref="MeshException">Nothing was written; its hint says whether the invitation is spent.</exception>
    public async Task<Enrolled> RunAsync(Invitation invitation, string? given, Membership membership, Scope scope, bool force, CancellationToken ct)
    {
        if (invitation.Expires <= time.GetUtcNow())
            throw new MeshException(ErrorKind.PermissionDenied, $"The invitation expired on {invitation.Expires.UtcDateTime:yyyy-MM-dd HH:mm} UTC.", invitation.Node, "Ask for a new one, or compare the clocks of both machines.");
        folder.Check(force);
        var signing = SigningRequest.Create(invitation.Node);
        var client = new EnrollmentClient(invitation.Url, time);
        var authority = await client.AuthorityAsync(invitation.Authority, ct);
        var address = given ?? AddressOf(await membership.AddressAsync(invitation, ct));
        var answer = await client.EnrollAsync(authority, new(invitation.Node, signing.CsrPem, invitation.Secret, address), ct);
        signing.Check(answer.Certificate, TrustStore.FromPem(authority), invitation.Node, time.GetUtcNow());
        folder.Write(new(answer.Node, authority, answer.Certificate, signing.KeyPem, $"{MeshIdentity.WordOf(client.Server!.Role)}/{client.Server.Name}",
            scope.ToString().ToLowerInvariant(), address, invitation.Url));
        if (given is not null && invitation.NetmakerKey is { } key) Store(key);
        return answer;
    }

    void Store(string key)
    {
        Directory.CreateDirectory(secrets, AtomicFile.Secret | UnixFileMode.UserExecute);
        AtomicFile.Write(Path.Combine(secrets, NetmakerSecret), Encoding.UTF8.GetBytes(key), AtomicFile.Secret);
    }
}
