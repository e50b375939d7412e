using System.Diagnostics.CodeAnalysis;
using MeshMcp.HostBridge.Access;
using MeshMcp.HostBridge.Engine;

namespace MeshMcp.HostBridge.Systems;

/// <summary>
/// A system as its folder brings it: its name, its place in the order, and its parts. It registers itself when the program starts, by a method of its own with
/// <see cref="System.Runtime.CompilerServices.ModuleInitializerAttribute"/>; nothing outside its folder names it.
/// </summary>
public abstract class SystemModule
{
    /// <summary>The section's name.</summary>
    public abstract string Name { get; }

    /// <summary>Systems whose steps run before its own; <see cref="ISystem.Every"/>: all that do not say that themselves. Steps that take away run first, in the reverse order.</summary>
    public virtual IReadOnlyList<string> After => [];

    /// <summary>Adds the system, and what it has of routes (<see cref="Wire.INodeRoutes"/>), checks for the doctor (<see cref="Checkups.INodeChecks"/>), needed programs (<see cref="Checkups.NeededPrograms"/>), and watchers (hosted services).</summary>
    public abstract void AddTo(IServiceCollection services, BridgeConfiguration configuration);
}

static class SystemParts
{
    public static IServiceCollection AddSystem<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] T>(this IServiceCollection services) where T : class, ISystem =>
        services.AddSingleton<T>().AddSingleton<ISystem>(s => s.GetRequiredService<T>());
}
