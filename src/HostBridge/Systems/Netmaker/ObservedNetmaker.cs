using MeshMcp.Contracts.State;

namespace MeshMcp.HostBridge.Systems.Netmaker;

/// <summary>Everything a plan must know.</summary>
/// <param name="Installed">The program netclient is there.</param>
/// <param name="Client">netclient's own settings; null before its first run.</param>
/// <param name="Memberships">Of netclient, by network.</param>
/// <param name="Joined">What we joined with, while it holds.</param>
/// <param name="Aside">A network that we left and that nobody confirmed yet: disconnected, but a member still, which comes back without a key.</param>
/// <param name="DeviceUp">The desired device is there.</param>
/// <param name="Key">The enrollment key, client mode.</param>
/// <param name="ServerTrouble">Client mode, while not joined: why the server does not answer.</param>
/// <param name="Server">Server mode: the API's view; null when it cannot be asked.</param>
/// <param name="ServerWaiting">Server mode: why it cannot.</param>
/// <param name="Environment">Server mode: what is in the environment file.</param>
sealed record ObservedNetmaker(
    bool Installed, ClientHost? Client, IReadOnlyDictionary<string, ClientNode> Memberships, NetmakerSection? Joined, string? Aside, bool DeviceUp,
    EnrollmentKeyState Key, string? ServerTrouble, ServerView? Server, string? ServerWaiting, EnvironmentState Environment)
{
    /// <summary>As long as it is connected.</summary>
    public ClientNode? In(string network) => Memberships.GetValueOrDefault(network) is { Connected: true } node ? node : null;
}

/// <summary>What is known of the enrollment key without spending it.</summary>
/// <param name="Present">The secret is there.</param>
/// <param name="Server">The server in it; null when it cannot be read.</param>
/// <param name="Refused">What the server said when it refused this very key.</param>
sealed record EnrollmentKeyState(bool Present, string? Server, string? Refused);

/// <summary>What the server's API says.</summary>
/// <param name="OwnNode">This host's node in the network; null when it is no member.</param>
/// <param name="Egress">Entries for it.</param>
sealed record ServerView(bool HasNetwork, string? NetworkRange, string? OwnNode, IReadOnlyList<ApiEgress> Egress);

/// <param name="Foreign">Somebody else wrote the file.</param>
/// <param name="Content">Null when there is none, or it is foreign.</param>
/// <param name="Wanted">What it should be, without the password of the broker, which is made once; null when an ingredient is missing.</param>
sealed record EnvironmentState(bool Foreign, string? Content, string? Wanted)
{
    public static readonly EnvironmentState None = new(false, null, null);
}
