using MeshMcp.HostBridge.Engine;

namespace MeshMcp.HostBridge.Systems;

/// <summary>The systems that this program is made with.</summary>
public static class SystemModules
{
    static readonly List<SystemModule> Registered = [];

    public static void Register(SystemModule module) => Registered.Add(module);

    /// <summary>In the order in which their steps run.</summary>
    public static IReadOnlyList<SystemModule> InOrder => Order(Registered);

    /// <summary>Each after those that it names; of those that could be next the first by name, so that the order is the same on every node.</summary>
    /// <exception cref="InvalidOperationException">Two have one name, one names a system that there is not, or they wait for each other.</exception>
    internal static IReadOnlyList<SystemModule> Order(IEnumerable<SystemModule> modules)
    {
        var open = new SortedDictionary<string, SystemModule>(StringComparer.Ordinal);
        foreach (var module in modules)
            if (!open.TryAdd(module.Name, module)) throw new InvalidOperationException($"Two systems are called {module.Name}.");
        foreach (var (name, module) in open)
            if (module.After.FirstOrDefault(a => a != ISystem.Every && !open.ContainsKey(a)) is { } unknown) throw new InvalidOperationException($"System {name} comes after {unknown}, which there is not.");
        var ordered = new List<SystemModule>();
        while (open.Count > 0)
        {
            var next = open.Values.FirstOrDefault(m => m.After.All(a => a == ISystem.Every ? open.Values.All(IsLast) : !open.ContainsKey(a)))
                ?? throw new InvalidOperationException($"Systems wait for each other: {string.Join(", ", open.Keys)}.");
            open.Remove(next.Name);
            ordered.Add(next);
        }
        return ordered;
    }

    static bool IsLast(SystemModule module) => module.After.Contains(ISystem.Every);
}
