using MeshMcp.Contracts.Edits;
using MeshMcp.HostBridge.Host;

namespace MeshMcp.HostBridge.Store;

/// <summary>A line of the edit log: an edit, or what a declared document made of those before it. Each names the one it stands on, so that "the edits up to this head" never depends on what was undone elsewhere.</summary>
/// <param name="Parent">Number of the line before it; 0 for none.</param>
/// <param name="Edit">Null when the line is a settlement.</param>
/// <param name="Generation">The change that brought it; 0 when it was written before this was kept.</param>
/// <param name="Expires">When it is over by itself; null: never. What it stands on comes back then.</param>
public sealed record EditEntry(int Number, int Parent, DateTimeOffset At, string By, string? Why, Edit? Edit, int Generation = 0, Settlement? Settled = null, Deadline? Expires = null)
{
    /// <summary>The edit in one line.</summary>
    public string Describe() => Expires is { } end ? $"{Edit!.Describe()}, until {end.At:u}" : Edit!.Describe();
}

/// <summary>What became of earlier edits when a declared document arrived, when one could come back, or when the time of some was over.</summary>
/// <param name="Absorbed">Numbers of edits that count no more, besides those of earlier settlements.</param>
/// <param name="Suspended">All that are suspended from here on.</param>
/// <param name="LeftOut">All that the document leaves out from here on; null for nothing.</param>
/// <param name="Overruled">Those of <paramref name="Absorbed"/> that the document says otherwise.</param>
/// <param name="Undone">Those of <paramref name="Absorbed"/> that were taken back: what they had superseded counts again.</param>
/// <param name="Expired">Those of <paramref name="Absorbed"/> whose time is over.</param>
public sealed record Settlement(IReadOnlyList<int> Absorbed, IReadOnlyList<SuspendedEdit> Suspended, LeftOut? LeftOut = null, IReadOnlyList<int>? Overruled = null, IReadOnlyList<int>? Expired = null, IReadOnlyList<int>? Undone = null);

/// <param name="Reason">Why it does not fit.</param>
public sealed record SuspendedEdit(int Edit, string Reason);
