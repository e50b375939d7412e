using System.Globalization;
using System.Text.RegularExpressions;

namespace MeshMcp.HostBridge.OpenVSwitch;

/// <summary>What we have just done to flows ourselves: its reports, which may come late, are no news. Others' doing the same in those seconds leaves the switch as we made it.</summary>
sealed partial class OwnFlowChanges(TimeProvider time)
{
    static readonly TimeSpan Late = TimeSpan.FromSeconds(10);

    readonly Lock _gate = new();
    /// <summary>By cookie, which names one flow: its actions, null where it was removed.</summary>
    readonly Dictionary<ulong, (string? Actions, long At)> _expected = [];

    /// <param name="lines">Of a bundle that is about to be carried out.</param>
    public void Expect(IEnumerable<string> lines)
    {
        lock (_gate)
        {
            foreach (var over in _expected.Where(e => time.GetElapsedTime(e.Value.At) > Late).Select(e => e.Key).ToList()) _expected.Remove(over);
            foreach (var line in lines)
                if (CookieIn(line) is { } cookie) _expected[cookie] = (line.StartsWith("delete", StringComparison.Ordinal) ? null : ActionsIn(line), time.GetTimestamp());
        }
    }

    /// <summary>It was not carried out.</summary>
    public void Forget(IEnumerable<string> lines)
    {
        lock (_gate)
            foreach (var line in lines)
                if (CookieIn(line) is { } cookie) _expected.Remove(cookie);
    }

    /// <summary>Whether a report tells just that; each counts once.</summary>
    /// <param name="said"><c>event=ADDED table=0 cookie=0x5 arp actions=NORMAL</c>.</param>
    public bool Tells(string said)
    {
        lock (_gate)
            return CookieIn(said) is { } cookie && _expected.TryGetValue(cookie, out var expected) && time.GetElapsedTime(expected.At) <= Late
                && (expected.Actions is null ? said.StartsWith("event=DELETED ", StringComparison.Ordinal) : !said.StartsWith("event=DELETED ", StringComparison.Ordinal) && ActionsIn(said) == expected.Actions)
                && _expected.Remove(cookie);
    }

    static ulong? CookieIn(string text) => Cookie().Match(text) is { Success: true } match ? ulong.Parse(match.Groups[1].ValueSpan, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture) : null;

    static string? ActionsIn(string text) => text.IndexOf("actions=", StringComparison.Ordinal) is >= 0 and var at ? text[(at + "actions=".Length)..].Trim() : null;

    [GeneratedRegex(@"\bcookie=0x([0-9a-f]{1,16})\b")]
    private static partial Regex Cookie();
}
