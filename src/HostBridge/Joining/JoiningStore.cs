using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Files;
using MeshMcp.Contracts.Joining;

namespace MeshMcp.HostBridge.Joining;

/// <summary>What is kept about joining. One file, so that a secret is burnt and its node recorded in the same instant.</summary>
public sealed record JoiningFile(IReadOnlyList<StoredInvite> Invites, IReadOnlyList<StoredNode> Nodes, IReadOnlyList<StoredReadmission>? Readmissions = null);

/// <summary>An operator's word that a node whose certificate has ended may renew it once by its old key.</summary>
public sealed record StoredReadmission(string Node, DateTimeOffset Expires);

/// <param name="Sha256">Of the one-time secret, which itself is nowhere.</param>
public sealed record StoredInvite(string Node, string Sha256, DateTimeOffset Expires, string By);

/// <param name="Forgotten">Renewals are refused until it is invited anew.</param>
/// <param name="StoodOn">Fingerprint of the certificate that it was readmitted by, until the newer one was seen: that one's way to the node may have been cut.</param>
public sealed record StoredNode(string Name, string? Address, DateTimeOffset Joined, DateTimeOffset Ends, bool Forgotten = false, string? StoodOn = null);

/// <summary>Open invitations and the nodes that joined, of the node that holds the authority.</summary>
public sealed class JoiningStore(string path, TimeProvider time)
{
    readonly Lock _gate = new();

    public IReadOnlyList<StoredNode> Nodes => Read().Nodes;

    /// <summary>Takes the place of an earlier invitation of the same node.</summary>
    public void Invite(StoredInvite invite)
    {
        lock (_gate)
        {
            var file = Read();
            Write(file with { Invites = [.. file.Invites.Where(i => i.Node != invite.Node && i.Expires > time.GetUtcNow()), invite] });
        }
    }

    /// <summary>The open invitation that <paramref name="secret"/> belongs to. Takes the same time for every miss.</summary>
    public StoredInvite? Find(string? secret)
    {
        if (secret is null) return null;
        var given = Encoding.ASCII.GetBytes(Invitation.Hash(secret));
        StoredInvite? found = null;
        foreach (var invite in Read().Invites)
            if (CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(invite.Sha256), given)) found = invite;
        return found?.Expires > time.GetUtcNow() ? found : null;
    }

    /// <summary>Burns <paramref name="invite"/> and records <paramref name="node"/>.</summary>
    /// <exception cref="MeshException">Conflict: it was burnt by another request in the meantime.</exception>
    public void Redeem(StoredInvite invite, StoredNode node)
    {
        lock (_gate)
        {
            var file = Read();
            if (!file.Invites.Contains(invite)) throw new MeshException(ErrorKind.Conflict, "The invitation was used a moment ago.", invite.Node, "Ask for a new one.");
            Write(file with { Invites = [.. file.Invites.Where(i => i != invite)], Nodes = [.. file.Nodes.Where(n => n.Name != node.Name), node] });
        }
    }

    public void Record(StoredNode node)
    {
        lock (_gate)
        {
            var file = Read();
            Write(file with { Nodes = [.. file.Nodes.Where(n => n.Name != node.Name), node] });
        }
    }

    public void Readmit(StoredReadmission readmission)
    {
        lock (_gate)
        {
            var file = Read();
            Write(file with { Readmissions = [.. Open(file).Where(r => r.Node != readmission.Node), readmission] });
        }
    }

    public bool IsReadmitted(string node) => Open(Read()).Any(r => r.Node == node);

    /// <summary>Writes a renewal down. An operator's word counts once.</summary>
    /// <param name="readmitted">Fingerprint of the ended certificate where it stands on that word; null where it needs none.</param>
    /// <exception cref="MeshException">Conflict: another renewal had it a moment ago.</exception>
    public void Renewed(string node, string? address, DateTimeOffset ends, string? readmitted)
    {
        lock (_gate)
        {
            var file = Read();
            if (readmitted is not null && Open(file).All(r => r.Node != node)) throw new MeshException(ErrorKind.Conflict, "That word was used a moment ago.", node, "Ask for it again: meshctl node readmit NAME, on the node that holds the authority.");
            // A node whose certificate was issued by hand is not in the file, and need not be: the servers have its address.
            Write(file with
            {
                Nodes = [.. file.Nodes.Select(n => n.Name == node ? n with { Ends = ends, Address = address ?? n.Address, StoodOn = readmitted } : n)],
                Readmissions = file.Readmissions is null ? null : [.. Open(file).Where(r => r.Node != node)],
            });
        }
    }

    IEnumerable<StoredReadmission> Open(JoiningFile file) => (file.Readmissions ?? []).Where(r => r.Expires > time.GetUtcNow());

    /// <exception cref="MeshException">Unavailable: the file is there and cannot be read. Who was forgotten must not be let in again.</exception>
    JoiningFile Read()
    {
        lock (_gate)
            try
            {
                return !File.Exists(path) ? new([], [])
                    : JsonSerializer.Deserialize(File.ReadAllBytes(path), JoiningJson.Default.JoiningFile) is { Invites: not null, Nodes: not null } file ? file : throw new JsonException("it is not whole");
            }
            catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
            {
                throw new MeshException(ErrorKind.Unavailable, $"Which nodes joined, and which were forgotten, cannot be read: {e.Message}", path, "Nobody joins or renews until that file is mended, or brought back from a backup of the folder. Deleting it forgets who was forgotten: then revoke those (meshctl pki revoke NAME) first.", e);
            }
    }

    void Write(JoiningFile file) => AtomicFile.Write(path, JsonSerializer.SerializeToUtf8Bytes(file, JoiningJson.Default.JoiningFile), AtomicFile.Secret);
}
