using MeshMcp.NetmakerStandIn.Client;
using MeshMcp.NetmakerStandIn.Serving;

const string Usage = """
    meshmcp-netmaker-standin server --certificate FILE --key FILE --master-key KEY --http-host HOST[:PORT] [--listen ADDRESS:PORT] [--state FILE]
    meshmcp-netmaker-standin netclient COMMAND …

    Stands in for Netmaker in the lab: its server's REST API, and its netclient on real WireGuard devices.
    """;

switch (args)
{
    case ["server", .. var options]:
        return await Server.RunAsync(options);
    case ["netclient", .. var words]:
        return await Netclient.RunAsync(words);
    default:
        Console.Error.WriteLine(Usage);
        return 2;
}
