using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Store;

namespace MeshMcp.HostBridge.Systems.Xray;

/// <summary>
/// Ids of users that a request leaves to the node, each a secret. A plan and the change after it get the same one; a user who was removed and comes
/// back gets a new one. The secret of a removed user stays, so that going back to an earlier generation lets the same link in again.
/// </summary>
sealed class XrayUserIds(SecretStore secrets)
{
    readonly Lock _gate = new();
    readonly Dictionary<string, string> _made = [];

    /// <summary>The secret's reference.</summary>
    public string For(XrayUser user)
    {
        lock (_gate)
        {
            if (_made.TryGetValue(user.Name, out var made) && secrets.Find(user.IdReference) == made) return user.IdReference;
            _made[user.Name] = Guid.NewGuid().ToString("D");
            secrets.Put(SecretReference.NameIn(user.IdReference)!, _made[user.Name]);
            return user.IdReference;
        }
    }

    public void Forget(string name)
    {
        lock (_gate) _made.Remove(name);
    }
}
