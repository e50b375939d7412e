using MeshMcp.Contracts.Errors;

namespace MeshMcp.Contracts.State;

/// <summary>What a container is called by, in every tool, request, edit and command: its id, else a name that it alone has. Digits are an id and never a name.</summary>
public static class CalledContainer
{
    /// <summary>Null when none is called so.</summary>
    /// <exception cref="MeshException">InvalidArgument, with the ids: several are called so.</exception>
    public static T? Find<T>(string called, IEnumerable<T> all, Func<T, string> id, Func<T, string?> name, string argument) where T : class
    {
        var list = all.ToList();
        if (list.FirstOrDefault(c => id(c) == called) is { } exact) return exact;
        T[] found = IsNumber(called) ? [] : [.. list.Where(c => name(c) == called).DistinctBy(id)];
        return found.Length <= 1 ? found.FirstOrDefault() : throw new MeshException(new MeshError(ErrorKind.InvalidArgument,
            $"Several containers are called {called}: {string.Join(", ", found.Select(id))}.", argument, "Give the id.", [new(argument, "More than one is called so.", Nearest: [.. found.Select(id)])]));
    }

    /// <exception cref="MeshException">NotFound, with those there are; InvalidArgument: several are called so.</exception>
    public static T Of<T>(string called, IReadOnlyList<T> all, Func<T, string> id, Func<T, string?> name, string argument) where T : class
    {
        if (Find(called, all, id, name, argument) is { } found) return found;
        var there = all.Count == 0 ? "The node has none." : $"Containers: {string.Join(", ", all.Select(c => name(c) is { } n ? $"{id(c)} ({n})" : id(c)))}.";
        // A name of digits is from a time when it could be given.
        string[] near = IsNumber(called) && all.Where(c => name(c) == called).Select(id).ToArray() is { Length: > 0 } named ? named
            : [.. Nearest.To(called, all.SelectMany(c => new[] { id(c), name(c) }).OfType<string>())];
        throw new MeshException(new MeshError(ErrorKind.NotFound, $"There is no container {called} in the node's state.", argument, there, [new(argument, "No such container.", Nearest: near)]));
    }

    /// <inheritdoc cref="Of{T}(string, IReadOnlyList{T}, Func{T, string}, Func{T, string?}, string)"/>
    public static Container Of(string called, NodeState state, string argument) => Of(called, state.Lxc?.Containers ?? [], c => c.Id, c => c.Properties.Name, argument);

    /// <summary>What may no longer be given as a name, and stays where it is: digits, and another container's name.</summary>
    public static IEnumerable<Problem> NewFaults(NodeState before, NodeState after)
    {
        var had = (before.Lxc?.Containers ?? []).Select(c => (c.Id, c.Properties.Name)).ToHashSet();
        var all = after.Lxc?.Containers ?? [];
        for (var i = 0; i < all.Count; i++)
        {
            if (all[i].Properties.Name is not { } name || had.Contains((all[i].Id, name))) continue;
            var path = $"lxc.containers.{all[i].Id}.properties.name";
            if (IsNumber(name)) yield return new(path, $"\"{name}\" is digits alone, which is what ids are: a name has a letter in it.");
            else if (all.Where((c, j) => j != i && c.Properties.Name == name && (j < i || had.Contains((c.Id, name)))).FirstOrDefault() is { } other)
                yield return new(path, $"Container {other.Id} is called {name} already.");
        }
    }

    static bool IsNumber(string text) => text.Length > 0 && text.All(char.IsAsciiDigit);
}
