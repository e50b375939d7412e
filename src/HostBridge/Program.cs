using System.Reflection;
using MeshMcp.Contracts.Errors;
using MeshMcp.HostBridge;
using MeshMcp.HostBridge.Access;

const string Usage = """
    meshmcp-hostbridge [--config FILE]

    The privileged agent of a node: keeps its bridge, ports and flows as desired, and answers on a Unix socket.
      --config FILE   configuration (default /etc/meshmcp/hostbridge.json; without it only root may call)
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
    case [] or ["--config", _]:
        break;
    default:
        Console.Error.WriteLine(Usage);
        return 2;
}

try
{
    await HostBridgeApp.RunAsync(BridgeConfiguration.Load(args is ["--config", var path] ? path : null));
    return 0;
}
catch (MeshException e)
{
    Console.Error.WriteLine($"{e.Error.Message}\n{e.Error.Hint}");
    return 1;
}
