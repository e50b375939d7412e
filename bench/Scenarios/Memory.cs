using System.Globalization;
using MeshMcp.Bench.Peers;
using MeshMcp.Contracts.Errors;

namespace MeshMcp.Bench.Scenarios;

/// <summary>Resident memory of every server after a round's load.</summary>
static class Memory
{
    public static Scenario Scenario(MeshUnderTest mesh, PeerServers servers) => new("resident memory after load",
    [
        .. MeshUnderTest.Daemons.Select(name => new Contender($"MeshMcp: {name}", async (_, ct) => [Read(name, await mesh.PidAsync(name, ct))])),
        .. servers.Processes.Select(process => new Contender(process.Name, (_, _) => Task.FromResult<IReadOnlyList<Reading>>([Read(process.Name, process.Daemon.Pid)]))),
    ]);

    static Reading Read(string name, int? pid)
    {
        if (pid is null) throw new MeshException(ErrorKind.Unavailable, $"{name} does not run.", name);
        var line = File.ReadLines($"/proc/{pid}/status").First(l => l.StartsWith("VmRSS:", StringComparison.Ordinal));
        return new("", double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024, "MiB");
    }
}
