using System.Security.Cryptography;
using System.Text;
using MeshMcp.Contracts.Changes;

namespace MeshMcp.HostBridge.Store;

/// <summary>What was taken back for good: no earlier state, document, edit or backup of this node makes it good again.</summary>
/// <param name="Digest">Of the key or id.</param>
/// <param name="Name">Whose it was, for people.</param>
/// <param name="Generation">The change that took it back; it counts unless that was undone.</param>
public sealed record RevokedKey(string Digest, string Name, DateTimeOffset At, int Generation);

/// <summary>Keys and ids that were revoked, as the journal tells them: in the line of the change that revoked them.</summary>
public sealed class RevokedKeys(GenerationStore generations, Action<JournalRecord> write)
{
    /// <summary>Never changed, only replaced: it is read while a change is written.</summary>
    volatile IReadOnlyDictionary<string, RevokedKey> _all = new Dictionary<string, RevokedKey>();

    /// <param name="secret">The key or id itself.</param>
    /// <returns>Null while it is good.</returns>
    public RevokedKey? Find(string secret) =>
        _all.GetValueOrDefault(DigestOf(secret)) is { } revoked && generations.Find(revoked.Generation)?.Generation.Status is null or GenerationStatus.Confirmed ? revoked : null;

    /// <summary>One that is revoked already stays with the change that did it, whatever becomes of this one.</summary>
    public void Add(IEnumerable<(string Secret, string Name)> gone, DateTimeOffset at, int generation)
    {
        RevokedKey[] added = [.. gone.Where(g => Find(g.Secret) is null).Select(g => new RevokedKey(DigestOf(g.Secret), g.Name, at, generation))];
        if (added.Length > 0) write(new(Revoked: added));
    }

    internal IEnumerable<JournalRecord> Records => _all.Count == 0 ? [] : [new(Revoked: [.. _all.Values])];

    /// <summary>Counts what is in the journal. Nothing of a change that was undone counts.</summary>
    internal void Take(JournalRecord record)
    {
        if (record.Revoked is { } added) _all = _all.Values.Concat(added).GroupBy(k => k.Digest).ToDictionary(g => g.Key, g => g.Last());
        if (record.Generation?.Generation is { Status: GenerationStatus.RolledBack or GenerationStatus.Failed, Number: var undone } && _all.Values.Any(k => k.Generation == undone))
            _all = _all.Where(k => k.Value.Generation != undone).ToDictionary();
    }

    static string DigestOf(string secret) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));
}
