using System.Reflection;
using MeshMcp.Contracts.Errors;
using MeshMcp.HostBridge;
using MeshMcp.HostBridge.Access;

const string Usage = """
    meshmcp-hostbridge [--config FILE] [--release]

    The privileged agent of a node: keeps its bridge, ports and flows as desired, and answers on a Unix socket.
      --config FILE   configuration (default /etc/meshmcp/hostbridge.json; without it only root may call)
      --release       take down what the node made on this host (bridge, tunnels, rules; containers stop), and end; what is desired stays written down
      --version       print the version
    """;

switch (args)
{
    case ["--help" or "-h"]:
        Console.WriteLine(Usage);
        return 0;
    case ["--version"]:
        Console.WriteLine(Assembly.GetExecutingAssembly().GetName().Version!.ToString(3));
        return 0;
    case [] or ["--config", _] or ["--release"] or ["--config", _, "--release"]:
        break;
    default:
        Console.Error.WriteLine(Usage);
        return 2;
}

try
{
    var configuration = BridgeConfiguration.Load(args is ["--config", var path, ..] ? path : null);
    if (args is [.., "--release"]) return await HostBridgeApp.ReleaseAsync(configuration) ? 0 : 1;
    await HostBridgeApp.RunAsync(configuration);
    return 0;
}
catch (MeshException e)
{
    Console.Error.WriteLine($"{e.Error.Message}\n{e.Error.Hint}");
    return 1;
}
