using System.Security.Cryptography;
using System.Text;
using MeshMcp.Contracts.Changes;

namespace MeshMcp.HostBridge.Store;

/// <summary>What was taken back for good: no earlier state, document, edit or backup makes it good again.</summary>
/// <param name="Name">Whose it was, for people.</param>
/// <param name="Generation">The change that took it back; it counts unless that was undone.</param>
public sealed record Revoked(string Name, DateTimeOffset At, int Generation);

/// <summary>Keys and ids that were revoked, by a digest of them.</summary>
public sealed class RevokedKeys(string file, GenerationStore generations)
{
    readonly Ledger<Revoked> _all = new(file, StoreJson.Default.IReadOnlyDictionaryStringRevoked);

    public static string KeyOf(string secret) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));

    /// <param name="secret">The key or id itself.</param>
    /// <returns>Null while it is good.</returns>
    public Revoked? Find(string secret) =>
        _all.Read().GetValueOrDefault(KeyOf(secret)) is { } revoked && generations.Find(revoked.Generation)?.Generation.Status is null or GenerationStatus.Confirmed ? revoked : null;

    public void Add(IEnumerable<(string Secret, string Name)> gone, DateTimeOffset at, int generation)
    {
        foreach (var (secret, name) in gone) _all.Note(KeyOf(secret), new(name, at, generation));
    }

    /// <summary>The change was undone, so nothing of it counts.</summary>
    public void Forget(int generation)
    {
        foreach (var (key, _) in _all.Read().Where(r => r.Value.Generation == generation).ToList()) _all.Note(key, null);
    }
}
