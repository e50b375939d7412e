using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.Nodes;
using MeshMcp.HostBridge.Engine;
using MeshMcp.HostBridge.Host;
using MeshMcp.HostBridge.Wire;

namespace MeshMcp.HostBridge.Systems.Packagekit;

/// <summary>How packages are: those of the state, or one by name.</summary>
public sealed class PackagekitRoutes(NodeEngine engine, PackageMemory memory, Distribution here) : INodeRoutes
{
    public void Map(NodeRoutes routes) => routes.Read("/v1/packages", MeshJson.Default.PackageList, context => ReadAsync(context.Request.Query["name"], context.RequestAborted));

    async Task<PackageList> ReadAsync(string? name, CancellationToken ct)
    {
        if (name is not null && !PackageNames.IsValid(name)) throw new MeshException(ErrorKind.InvalidArgument, $"\"{name}\" is no name of a package.", "name", "Letters, digits and + . _ - are possible.");
        if (here.IsNixos) return new("On NixOS packages are declared to Nix.", []);
        var desired = engine.Desired.Packagekit?.Packages;
        var (trouble, packages) = await memory.ReadAsync(name is null ? [.. desired?.Keys ?? []] : [name], ct);
        return new(trouble, [.. packages.Values.OrderBy(p => p.Name, StringComparer.Ordinal).Select(p =>
            new PackageStatus(p.Name, SeenPackage.VersionOf(p.Installed), SeenPackage.VersionOf(p.Available), desired?.GetValueOrDefault(p.Name)?.Ensure))]);
    }
}
