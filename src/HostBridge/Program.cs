using System.Reflection;
using MeshMcp.Contracts.Errors;
using MeshMcp.HostBridge;
using MeshMcp.HostBridge.Access;
using MeshMcp.HostBridge.Host;

const string Usage = """
    meshmcp-hostbridge [--config FILE] [--declared FILE] [--release]

    The privileged agent of a node: keeps its bridge, ports and flows as desired, and answers on a Unix socket.
      --config FILE    configuration (default /etc/meshmcp/hostbridge.json; without it only root may call)
      --declared FILE  the declared document comes from this file, as on NixOS: no other one is taken; edits are
      --release        take down what the node made on this host (bridge, tunnels, rules; containers stop), and end; what is desired stays written down
      --version        print the version
    """;

switch (args)
{
    case ["--help" or "-h"]:
        Console.WriteLine(Usage);
        return 0;
    case ["--version"]:
        Console.WriteLine(Assembly.GetExecutingAssembly().GetName().Version!.ToString(3));
        return 0;
}

string? config = null, declared = null;
var release = false;
for (var rest = args.AsSpan(); rest.Length > 0;)
    switch (rest)
    {
        case ["--config", var file, ..]:
            config = file;
            rest = rest[2..];
            break;
        case ["--declared", var file, ..]:
            declared = file;
            rest = rest[2..];
            break;
        case ["--release", ..]:
            release = true;
            rest = rest[1..];
            break;
        default:
            Console.Error.WriteLine(Usage);
            return 2;
    }

using var hangUp = HangUp.Survive();
try
{
    var configuration = BridgeConfiguration.Load(config) with { DeclaredFrom = declared };
    if (release) return await HostBridgeApp.ReleaseAsync(configuration) ? 0 : 1;
    await HostBridgeApp.RunAsync(configuration);
    return 0;
}
catch (MeshException e)
{
    Console.Error.WriteLine($"{e.Error.Message}\n{e.Error.Hint}");
    return 1;
}
