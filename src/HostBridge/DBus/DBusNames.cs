namespace MeshMcp.HostBridge.DBus;

/// <summary>Which names the bus takes. It cuts a client that sends another, so they are checked before.</summary>
public static class DBusNames
{
    const int Longest = 255;

    public static bool IsPath(string path)
    {
        if (path == "/") return true;
        if (!path.StartsWith('/')) return false;
        foreach (var part in path.AsSpan(1).Split('/'))
            if (!IsElement(path.AsSpan(1)[part], digitFirst: true, dash: false)) return false;
        return true;
    }

    /// <summary>Unique (<c>:1.42</c>) or well-known (<c>org.freedesktop.systemd1</c>).</summary>
    public static bool IsBusName(string name) => name.StartsWith(':') ? IsDotted(name.AsSpan(1), digitFirst: true, dash: true) && name.Length <= Longest : IsDotted(name, digitFirst: false, dash: true);

    public static bool IsInterface(string name) => IsDotted(name, digitFirst: false, dash: false);

    public static bool IsMember(string name) => name.Length <= Longest && IsElement(name, digitFirst: false, dash: false);

    static bool IsDotted(ReadOnlySpan<char> name, bool digitFirst, bool dash)
    {
        var parts = 0;
        foreach (var part in name.Split('.'))
        {
            parts++;
            if (!IsElement(name[part], digitFirst, dash)) return false;
        }
        return parts > 1 && name.Length <= Longest;
    }

    static bool IsElement(ReadOnlySpan<char> text, bool digitFirst, bool dash)
    {
        if (text.IsEmpty || (!digitFirst && char.IsAsciiDigit(text[0]))) return false;
        foreach (var c in text)
            if (!char.IsAsciiLetterOrDigit(c) && c != '_' && !(dash && c == '-')) return false;
        return true;
    }
}
