using System.Text.Json.Serialization;
using MeshMcp.Contracts.State;

namespace MeshMcp.Contracts.Changes;

/// <summary>What undoing a step takes.</summary>
public enum Effect { Reversible, Disruptive, Irreversible }

/// <summary>One step as shown before and while it runs.</summary>
/// <param name="System">The system that runs it (<c>bridge</c>, <c>openflow</c> …).</param>
/// <param name="Target">What it changes (<c>port veth200</c>).</param>
/// <param name="Details">What exactly, one line each; <c>+</c> added, <c>-</c> removed, <c>~</c> changed.</param>
/// <param name="TouchesManagement">The operator's own way to the node crosses what changes, so the change waits for a confirmation.</param>
public sealed record PlannedStep(string System, string Target, string Summary, Effect Effect = Effect.Reversible, bool TouchesManagement = false, IReadOnlyList<string>? Details = null)
{
    /// <summary>The management paths that it touches or cuts; null for none.</summary>
    public IReadOnlyList<PathTouch>? Paths { get; init; }
}

/// <summary>What a step does to one of the ways by which a node is managed.</summary>
/// <param name="Path"><c>SSH</c>, <c>9573 of container 200</c>, <c>the mesh tunnel nm-privacy</c> …</param>
/// <param name="Cut">It certainly ends that way: refused unless an admin forces it. Otherwise the change is confirmed over that way.</param>
public sealed record PathTouch(string Path, bool Cut, string Why);

/// <summary>What a plan reaches, whether or not it cuts anything; null where there is nothing of the kind.</summary>
/// <param name="Ports">Of the bridge, and published ones.</param>
/// <param name="Containers">Their ids.</param>
/// <param name="Paths">Management paths in words.</param>
/// <param name="VpnClients">Whose connection it changes.</param>
public sealed record Blast(IReadOnlyList<string>? Ports = null, IReadOnlyList<string>? Containers = null, IReadOnlyList<string>? Paths = null, IReadOnlyList<string>? VpnClients = null)
{
    /// <summary>In one line; empty when nothing is reached.</summary>
    public string Describe() => string.Join("; ", new[] { ("ports", Ports), ("containers", Containers), ("ways in", Paths), ("VPN clients", VpnClients) }
        .Where(b => b.Item2 is { Count: > 0 }).Select(b => $"{b.Item1} {Some(b.Item2!)}"));

    static string Some(IReadOnlyList<string> all)
    {
        const int Named = 8;
        return string.Join(", ", all.Take(Named)) + (all.Count > Named ? $" and {all.Count - Named} more" : "");
    }
}

/// <summary>Something worth knowing that needs no step.</summary>
/// <param name="Kind"><c>unmanaged</c>: no system looks after the section, or the document leaves it out; <c>waiting</c>: an item lacks an ingredient; <c>warning</c>; <c>suspended</c>, <c>resumed</c>, <c>absorbed</c>, <c>overruled</c>, <c>kept</c>, <c>reverted</c>: edits under a declared document or a rollback; <c>drift</c>: a difference that is not put back; <c>contested</c>: somebody keeps undoing; <c>blocked</c>: an item that cannot be put right now, with the reason; <c>lost</c>: something that an undoing left behind; <c>until</c>: an edit that ends by itself; <c>slow</c>: work that has been going on for long, and may hang.</param>
public sealed record Finding(string Kind, string Path, string Message)
{
    /// <summary>Something that is wanted is not so, and will be by itself.</summary>
    [JsonIgnore] public bool Waits => Kind is "waiting" or "blocked";
}

/// <summary>The steps from what is observed to what is desired.</summary>
/// <param name="Digest">Names this very plan; give it to apply to run this plan and no other.</param>
public sealed record Plan(string Digest, IReadOnlyList<PlannedStep> Steps, IReadOnlyList<Finding> Findings)
{
    /// <summary>What it reaches; null when there is nothing to say.</summary>
    public Blast? Blast { get; init; }

    /// <summary>What of the desired state would be otherwise, field by field; null where nothing was asked for that could differ.</summary>
    public IReadOnlyList<ItemDifference>? Differences { get; init; }
}
