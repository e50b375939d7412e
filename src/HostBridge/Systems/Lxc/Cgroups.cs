using System.Globalization;
using MeshMcp.Contracts.State;

namespace MeshMcp.HostBridge.Systems.Lxc;

/// <summary>The control groups of the host, as far as limits need them.</summary>
/// <param name="Unified">Version 2.</param>
/// <param name="Controllers">Of <c>memory</c>, <c>cpu</c>, <c>pids</c> those that can be used.</param>
public sealed record Cgroups(bool Unified, IReadOnlySet<string> Controllers)
{
    const int PeriodMicroseconds = 100_000;

    /// <summary>Limits that cannot be kept here, by the controller they lack.</summary>
    public IEnumerable<string> MissingFor(ContainerLimits? limits) => Needed(limits).Where(c => !Controllers.Contains(c));

    public IEnumerable<string> LinesOf(ContainerLimits? limits)
    {
        if (limits?.Memory is { Bytes: var memory } && Controllers.Contains("memory"))
            yield return Unified ? $"lxc.cgroup2.memory.max = {memory}" : $"lxc.cgroup.memory.limit_in_bytes = {memory}";
        if (limits?.Cpus is { } cpus && Controllers.Contains("cpu"))
        {
            var quota = ((long)(cpus * PeriodMicroseconds)).ToString(CultureInfo.InvariantCulture);
            if (Unified) yield return $"lxc.cgroup2.cpu.max = {quota} {PeriodMicroseconds}";
            else
            {
                yield return $"lxc.cgroup.cpu.cfs_period_us = {PeriodMicroseconds}";
                yield return $"lxc.cgroup.cpu.cfs_quota_us = {quota}";
            }
        }
        if (limits?.Processes is { } processes && Controllers.Contains("pids"))
            yield return Unified ? $"lxc.cgroup2.pids.max = {processes}" : $"lxc.cgroup.pids.max = {processes}";
    }

    static IEnumerable<string> Needed(ContainerLimits? limits)
    {
        if (limits?.Memory is not null) yield return "memory";
        if (limits?.Cpus is not null) yield return "cpu";
        if (limits?.Processes is not null) yield return "pids";
    }
}
