using MeshMcp.Tools.Tunnels;

namespace MeshMcp.Tools.Answers;

partial interface IAnswers
{
    ShownWireguard ShownWireguard { get; }
    ShownAccess ShownAccess { get; }
    ShownNetmaker ShownNetmaker { get; }
    ShownHosts ShownHosts { get; }
    ShownKey ShownKey { get; }
}
