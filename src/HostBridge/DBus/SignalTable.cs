namespace MeshMcp.HostBridge.DBus;

/// <summary>Who wants which signals, and which unique names stand behind the well-known ones now.</summary>
sealed class SignalTable
{
    readonly Lock _gate = new();
    readonly List<Entry> _entries = [];
    readonly Dictionary<string, string?> _owners = [];

    public sealed record Entry(DBusMatch Match, Action<DBusSignal> Handler)
    {
        // Two that ask for the same are still two.
        public bool Equals(Entry? other) => ReferenceEquals(this, other);
        public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);
    }

    /// <summary>A name that its owner can give up and another take.</summary>
    public static bool HasOwners(string name) => name != Bus.Name && !name.StartsWith(':');

    /// <summary>False when it is followed already.</summary>
    public bool Follow(string name)
    {
        lock (_gate) return _owners.TryAdd(name, null);
    }

    /// <summary>What was asked for; a signal that came meanwhile is newer.</summary>
    public void Know(string name, string? owner)
    {
        lock (_gate) _owners[name] ??= owner;
    }

    public Entry Add(DBusMatch match, Action<DBusSignal> handler)
    {
        var entry = new Entry(match, handler);
        lock (_gate) _entries.Add(entry);
        return entry;
    }

    public bool Remove(Entry entry)
    {
        lock (_gate) return _entries.Remove(entry);
    }

    public void Deliver(DBusMessage signal)
    {
        Entry[] fitting;
        lock (_gate)
        {
            if (signal is { Sender: Bus.Name, Member: "NameOwnerChanged", Values: [string name, string, string now] } && _owners.ContainsKey(name)) _owners[name] = now.Length == 0 ? null : now;
            fitting = [.. _entries.Where(e => e.Match.Fits(signal, OwnerOf(e.Match.Sender)))];
        }
        if (fitting.Length == 0) return;
        var told = new DBusSignal(signal.Sender ?? "", signal.Path ?? "", signal.Interface ?? "", signal.Member ?? "", signal.Values);
        foreach (var entry in fitting) entry.Handler(told);
    }

    string? OwnerOf(string? sender) => sender is not null && HasOwners(sender) ? _owners.GetValueOrDefault(sender) : sender;
}
