using System.Globalization;

namespace MeshMcp.TestKit;

/// <summary>Prefixes of labs. Test classes run side by side, and each lab they bring up is one of its own.</summary>
public static class LabPrefix
{
    static int s_count;

    /// <param name="letter">Says for what the lab is.</param>
    public static string Next(char letter) => string.Create(CultureInfo.InvariantCulture, $"{letter}{Environment.ProcessId}{(char)('a' + Interlocked.Increment(ref s_count) - 1)}");
}
