using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Host;
using MeshMcp.HostBridge.Store;

namespace MeshMcp.HostBridge.Systems.Wireguard;

/// <summary>Makes keys by <c>wg</c>; no key is ever an argument.</summary>
public sealed class WireguardKeys(ICommandRunner commands, SecretStore secrets)
{
    /// <summary>Name of the secret with a device's own private key. An operator may put one there beforehand, to move a server to another node.</summary>
    public static string NameOf(string device) => "wg-" + new string([.. device.ToLowerInvariant().Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-')]) + "-private";

    /// <summary>Null when it has not been made yet.</summary>
    public SecretKey? Own(string device) => secrets.Find(SecretReference.Of(NameOf(device)), SecretKind.WireguardKey)?.Trim() is { } key ? new(key) : null;

    /// <summary>The device's own key, made now unless there is one.</summary>
    public async Task<SecretKey> OwnAsync(string device, CancellationToken ct)
    {
        if (Own(device) is { } own) return own;
        var made = await PrivateAsync(ct);
        secrets.Put(NameOf(device), SecretKind.WireguardKey, made.Value);
        return made;
    }

    public async Task<SecretKey> PrivateAsync(CancellationToken ct) => new((await commands.RunAsync(Command.Of("wg", "genkey"), ct)).Output.Trim());

    public async Task<SecretKey> PresharedAsync(CancellationToken ct) => new((await commands.RunAsync(Command.Of("wg", "genpsk"), ct)).Output.Trim());

    public async Task<string> PublicAsync(SecretKey key, CancellationToken ct) =>
        (await commands.RunAsync(Command.Of("wg", "pubkey") with { Input = key.Value + "\n" }, ct)).Output.Trim();
}
