using System.CommandLine;
using MeshMcp.Cli.Output;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Nodes;
using Spectre.Console;

namespace MeshMcp.Cli.Commands;

/// <summary><c>meshctl doctor</c>.</summary>
static class DoctorCommand
{
    public static Command Create() => LocalNode.Verb("doctor", "Look at this host from the kernel to the mesh, and say what to do about each trouble. Ends with 1 when something is broken.",
        ["meshctl doctor", "meshctl doctor --json"],
        async (node, parse, printer, ct) =>
        {
            var checkup = await SeeAsync(node, ct);
            printer.Show(checkup, console => Print(console, checkup));
            if (checkup.Health == Health.Broken) throw new MeshException(ErrorKind.Unavailable, $"{checkup.Checks.Count(c => c.Health == Health.Broken)} of {checkup.Checks.Count} checks found something broken.", checkup.Node, "The first is the one to begin with.");
        });

    /// <summary>Where no host bridge answers, that is the trouble.</summary>
    static async Task<Checkup> SeeAsync(NodeClient node, CancellationToken ct)
    {
        try
        {
            return await node.CheckupAsync(ct);
        }
        catch (MeshException e) when (e.Error.Kind is ErrorKind.Unavailable or ErrorKind.Timeout)
        {
            return new(Environment.MachineName, [new("agent", "host bridge", Health.Broken, e.Error.Message,
                "Start it (systemctl start meshmcp-hostbridge, or meshmcp-hostbridge as root) and read what it says (journalctl -u meshmcp-hostbridge). Containers, tunnels and flows go on meanwhile.")]);
        }
    }

    static void Print(IAnsiConsole console, Checkup checkup)
    {
        foreach (var check in checkup.Checks)
        {
            console.MarkupLineInterpolated($"{Mark(check.Health)} {check.Layer,-9}{Plain.Text(check.What)}: {Plain.Text(check.Says)}");
            if (check.Health != Health.Fine && check.Next is { } next) console.WriteLine($"           → {Plain.Text(next)}");
        }
        var (warnings, broken) = (checkup.Checks.Count(c => c.Health == Health.Warning), checkup.Checks.Count(c => c.Health == Health.Broken));
        console.WriteLine(warnings + broken == 0 ? "Everything is fine." : $"{broken} broken, {warnings} to look at.");
    }

    static string Mark(Health health) => health switch { Health.Fine => "ok ", Health.Warning => "!  ", _ => "BAD" };
}
