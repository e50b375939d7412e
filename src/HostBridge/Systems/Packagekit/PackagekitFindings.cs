using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.State;

namespace MeshMcp.HostBridge.Systems.Packagekit;

/// <summary>What packages wait for.</summary>
static class PackagekitFindings
{
    public static IEnumerable<Finding> Of(PackagekitSection? section, ObservedPackagekit observed)
    {
        foreach (var (name, wanted) in section?.Packages ?? new Dictionary<string, PackageState>())
        {
            var path = $"packagekit.packages.{name}";
            if (observed.Here.IsNixos)
                yield return new("waiting", path, $"Not possible at run time on NixOS. {(wanted.Ensure == Ensure.Removed ? $"Leave pkgs.{name} out of environment.systemPackages." : PackageNames.NixLine(name))}");
            else if (observed.Trouble is { } trouble)
                yield return new("waiting", path, $"PackageKit does not answer on this node: {trouble}. Install packagekit, or the package by hand.");
            else if (observed.Failed.GetValueOrDefault(name) is { } failure)
                yield return new("waiting", path, $"{failure} It is tried again in some minutes, or at once by install_package.");
            else if (observed.Packages.GetValueOrDefault(name) is { } package && Waits(wanted.Ensure, package))
                yield return new("waiting", path, $"No source of this node has a package {name}: add one that has it; the name may differ between distributions.");
        }
    }

    public static bool Waits(Ensure wanted, SeenPackage package) => wanted != Ensure.Removed && package is { Installed: null, Available: null };
}
