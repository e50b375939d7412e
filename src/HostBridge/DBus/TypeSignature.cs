namespace MeshMcp.HostBridge.DBus;

/// <summary>Walks over signatures, complete type by complete type.</summary>
static class TypeSignature
{
    public const int MaxLength = 255;

    /// <summary>Arrays, structures and variants within each other.</summary>
    public const int MaxDepth = 64;

    const string Basic = "ybnqiuxtdsogh";

    /// <summary>Where the complete type that begins at <paramref name="at"/> ends.</summary>
    /// <exception cref="DBusFormatException">There is none.</exception>
    public static int End(ReadOnlySpan<char> signature, int at, int depth = 0)
    {
        if (depth > MaxDepth) throw new DBusFormatException("types are nested too deep");
        if (at >= signature.Length) throw new DBusFormatException("a type is missing");
        switch (signature[at])
        {
            case 'a':
                return at + 1 < signature.Length && signature[at + 1] == '{' ? EndOfEntry(signature, at + 1, depth + 1) : End(signature, at + 1, depth + 1);
            case '(':
                var next = End(signature, at + 1, depth + 1);
                while (next < signature.Length && signature[next] != ')') next = End(signature, next, depth + 1);
                return next < signature.Length ? next + 1 : throw new DBusFormatException("a structure does not end");
            case 'v':
                return at + 1;
            default:
                return Basic.Contains(signature[at]) ? at + 1 : throw new DBusFormatException($"there is no type '{signature[at]}'");
        }
    }

    /// <exception cref="DBusFormatException">It is not a list of complete types.</exception>
    public static void Check(ReadOnlySpan<char> signature)
    {
        if (signature.Length > MaxLength) throw new DBusFormatException("a signature is too long");
        for (var at = 0; at < signature.Length;) at = End(signature, at);
    }

    public static int Alignment(char type) => type switch { 'y' or 'g' or 'v' => 1, 'n' or 'q' => 2, 'x' or 't' or 'd' or '(' or '{' => 8, _ => 4 };

    /// <summary>Entries of dictionaries: only in arrays, a basic key, one value.</summary>
    static int EndOfEntry(ReadOnlySpan<char> signature, int at, int depth)
    {
        if (at + 1 >= signature.Length || !Basic.Contains(signature[at + 1])) throw new DBusFormatException("a dictionary's key is not of a basic type");
        var end = End(signature, at + 2, depth + 1);
        return end < signature.Length && signature[end] == '}' ? end + 1 : throw new DBusFormatException("a dictionary's entry does not end");
    }
}
