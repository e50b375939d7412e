using MeshMcp.Contracts.Nodes;
using MeshMcp.HostBridge.Host;

namespace MeshMcp.HostBridge.Checkups;

/// <summary>The programs that the sections of the state are carried out with.</summary>
static class ProgramChecks
{
    /// <summary>For every node.</summary>
    static readonly string[] Always = ["ip", "ss"];

    /// <param name="systems">Names of those that have something to look after.</param>
    public static IEnumerable<Check> Of(IReadOnlySet<string> systems, IEnumerable<NeededPrograms> needed)
    {
        string[] all = [.. Always.Concat(needed.Where(n => systems.Contains(n.System)).SelectMany(n => n.Programs)).Distinct()];
        string[] missing = [.. all.Where(p => !ProgramPath.IsThere(p))];
        foreach (var program in missing) yield return new("programs", program, Health.Broken, $"{program} is not installed.", ProgramPath.InstallHint(program) ?? $"Install {program}.");
        if (missing.Length == 0) yield return new("programs", "programs", Health.Fine, $"all {all.Length} that the state needs are installed");
    }
}
