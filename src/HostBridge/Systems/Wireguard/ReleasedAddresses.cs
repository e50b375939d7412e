using System.Text.Json;
using MeshMcp.Contracts.Files;
using MeshMcp.HostBridge.Store;

namespace MeshMcp.HostBridge.Systems.Wireguard;

/// <summary>An address that a VPN client had.</summary>
/// <param name="Secret">Reference of its preshared key, which goes when the address is free again.</param>
public sealed record ReleasedAddress(string Address, DateTimeOffset At, string? Secret = null);

/// <summary>Addresses that cool down: who had one a moment ago may still be known by it.</summary>
public sealed class ReleasedAddresses(string file, TimeProvider time)
{
    public static readonly TimeSpan CoolDown = TimeSpan.FromHours(24);

    public IReadOnlyList<ReleasedAddress> Cooling => [.. All().Where(IsCooling)];

    public void Add(IEnumerable<ReleasedAddress> released) => Write([.. All(), .. released]);

    /// <summary>Forgets those that have cooled down, and returns them.</summary>
    public IReadOnlyList<ReleasedAddress> TakeCooled()
    {
        var all = All();
        ReleasedAddress[] cooled = [.. all.Where(r => !IsCooling(r))];
        if (cooled.Length > 0) Write([.. all.Where(IsCooling)]);
        return cooled;
    }

    bool IsCooling(ReleasedAddress released) => time.GetUtcNow() - released.At < CoolDown;

    IReadOnlyList<ReleasedAddress> All() => CorruptFile.Read(file, WireguardJson.Default.IReadOnlyListReleasedAddress) ?? [];

    void Write(IReadOnlyList<ReleasedAddress> all) => AtomicFile.Write(file, JsonSerializer.SerializeToUtf8Bytes(all, WireguardJson.Default.IReadOnlyListReleasedAddress), AtomicFile.Secret);
}
