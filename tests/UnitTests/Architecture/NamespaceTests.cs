using System.Text.RegularExpressions;
using Xunit;

namespace MeshMcp.UnitTests.Architecture;

/// <summary>A namespace stands on those below it and on none above: then each can be read, and tested, without the rest.</summary>
public sealed partial class NamespaceTests
{
    const string Root = "MeshMcp.HostBridge";

    [Fact]
    public void No_namespaces_of_the_host_bridge_use_each_other_in_a_circle()
    {
        var uses = new Dictionary<(string From, string To), string>(NamespaceGraph.Of(Path.Combine(AppContext.BaseDirectory, "meshmcp-hostbridge.dll")).Uses);
        // What leaves no trace in the built file: constants, and names in comments.
        foreach (var (path, text) in ArchitectureTests.Sources("src/HostBridge"))
            if (Namespace().Match(text) is { Success: true } own)
                foreach (Match used in Used().Matches(text)) uses.TryAdd((own.Groups[1].Value, used.Groups[1].Value), $"{path}: {used.Value}");
        Assert.Contains((Root + ".Systems.Uplink", Root + ".Engine"), uses.Keys);

        Assert.Empty(Circles(uses.Where(u => IsOurs(u.Key.From) && IsOurs(u.Key.To) && u.Key.From != u.Key.To).ToDictionary()));
    }

    /// <summary>Takes away, again and again, what uses nothing that is left; what stays then stands in a circle or on one.</summary>
    static IEnumerable<string> Circles(Dictionary<(string From, string To), string> uses)
    {
        for (var before = -1; before != uses.Count;)
        {
            before = uses.Count;
            uses = uses.Where(u => uses.Keys.Any(o => o.From == u.Key.To) && uses.Keys.Any(o => o.To == u.Key.From)).ToDictionary();
        }
        return uses.Select(u => $"{u.Key.From[Root.Length..]} → {u.Key.To[Root.Length..]} ({u.Value})").Order(StringComparer.Ordinal);
    }

    static bool IsOurs(string name) => name.StartsWith(Root, StringComparison.Ordinal);

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Namespace();

    [GeneratedRegex(@"^using (?:\w+ = )?(MeshMcp\.HostBridge[\w.]*);", RegexOptions.Multiline)]
    private static partial Regex Used();
}
