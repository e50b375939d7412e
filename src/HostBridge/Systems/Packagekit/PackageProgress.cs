using MeshMcp.HostBridge.DBus;

namespace MeshMcp.HostBridge.Systems.Packagekit;

/// <summary>How far a transaction is, in words that do not change with every byte.</summary>
sealed class PackageProgress
{
    const uint Unknown = 101, Grain = 10;

    string _what = "waiting";
    uint _percent = Unknown;

    /// <summary>Whether that is news.</summary>
    public bool Take(Dictionary<object, object> changed)
    {
        var before = ToString();
        if (changed.GetValueOrDefault("Status") is uint status) _what = WordsFor(status) ?? _what;
        if (changed.GetValueOrDefault("Percentage") is uint percent) _percent = percent >= Unknown ? Unknown : percent / Grain * Grain;
        return ToString() != before;
    }

    public override string ToString() => _percent == Unknown ? _what : $"{_what}, {_percent} %";

    static string? WordsFor(uint status) => status switch
    {
        1 or 30 => "waiting for other package work",
        2 or 3 => "starting",
        4 or 13 => "looking what is needed",
        6 => "removing",
        7 => "reading the sources",
        8 => "downloading",
        9 => "installing",
        10 => "updating",
        11 or 12 => "cleaning up",
        14 => "checking signatures",
        15 or 16 => "committing",
        _ => null,
    };
}
