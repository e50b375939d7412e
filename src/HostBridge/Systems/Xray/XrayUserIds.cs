using System.Security.Cryptography;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Store;

namespace MeshMcp.HostBridge.Systems.Xray;

/// <summary>
/// Ids of users that a request leaves to the node. A plan and the change after it get the same one, which becomes a secret, of a name that no other user
/// ever had, with the change.
/// </summary>
sealed class XrayUserIds(SecretStore secrets)
{
    /// <summary>Whoever may only look can ask for plans without end.</summary>
    const int Most = 100;

    readonly Lock _gate = new();
    /// <summary>What was planned and is no secret yet, by the user's name; the oldest first.</summary>
    readonly OrderedDictionary<string, (string Reference, string Id)> _planned = [];

    /// <summary>The secret's reference.</summary>
    public string For(XrayUser user)
    {
        lock (_gate)
        {
            if (_planned.TryGetValue(user.Name, out var planned)) return planned.Reference;
            if (_planned.Count >= Most) _planned.RemoveAt(0);
            string reference;
            do reference = $"{user.IdReference}-{RandomNumberGenerator.GetHexString(4, lowercase: true)}";
            while (secrets.Find(reference, SecretKind.XrayId) is not null);
            _planned.Add(user.Name, (reference, Guid.NewGuid().ToString("D")));
            return reference;
        }
    }

    /// <summary>Makes the planned id a secret.</summary>
    public void Keep(XrayUser user)
    {
        lock (_gate)
            if (_planned.TryGetValue(user.Name, out var planned) && planned.Reference == user.Id)
            {
                secrets.Put(SecretReference.NameIn(planned.Reference)!, SecretKind.XrayId, planned.Id);
                _planned.Remove(user.Name);
            }
    }

    /// <summary>A secret, or the id that will be one.</summary>
    public string? Find(string reference, SecretKind kind)
    {
        lock (_gate) return _planned.Values.FirstOrDefault(p => p.Reference == reference).Id ?? secrets.Find(reference, kind);
    }
}
