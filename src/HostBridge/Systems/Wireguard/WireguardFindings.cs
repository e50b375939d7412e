using MeshMcp.Contracts.Changes;

namespace MeshMcp.HostBridge.Systems.Wireguard;

/// <summary>What to say of a device that a systemd unit brings up: whose it is, and where it is not as the state says.</summary>
static class WireguardFindings
{
    public static IEnumerable<Finding> Of(WantedDevice wanted, SeenDevice? there)
    {
        yield return new("warning", wanted.Path, $"{wanted.Name} is brought up by {wanted.Unit}: it is only looked at, not changed.");
        if (there?.Dump is null)
            yield return new("waiting", wanted.Path, $"{wanted.Name} is not up: systemctl start {wanted.Unit}");
        else if (wanted.Config is { } config)
        {
            string[] changes = [.. DeviceChanges.Of(wanted, there with { Record = new(wanted.Item, wanted.EndpointText) })];
            if (changes.Length > 0) yield return new("warning", wanted.Path, $"{wanted.Name} is not as the state says: {string.Join("; ", changes)}. Correct the unit's configuration.");
            if (!there.Link.Addresses.Contains(config.Address)) yield return new("warning", wanted.Path, $"{wanted.Name} lacks the address {config.Address}.");
        }
    }
}
