namespace MeshMcp.Contracts.Flows;

/// <summary>A port as flows name it.</summary>
public static class FlowPort
{
    public const string Local = "LOCAL";

    /// <summary>Names of network devices have at most 15 characters.</summary>
    const int LongestName = 15;

    const int LargestNumber = 0xfeff;
    const int LocalNumber = 0xfffe;

    static readonly Dictionary<string, string> Reserved = new(StringComparer.OrdinalIgnoreCase)
    {
        ["local"] = Local,
        ["normal"] = "NORMAL",
        ["flood"] = "FLOOD",
        ["all"] = "ALL",
        ["in_port"] = "IN_PORT",
    };

    /// <summary>True for LOCAL and for the outputs that are not one port (NORMAL, FLOOD, ALL, IN_PORT).</summary>
    public static bool IsReserved(string port) => Reserved.ContainsKey(port);

    /// <summary>True when it is a device's name, to be compiled to its number.</summary>
    public static bool IsName(string port) => !IsReserved(port) && !port.All(char.IsAsciiDigit);

    internal static string OfNumber(int number) => number == LocalNumber ? Local : number.ToString();

    internal static IEnumerable<string> Keywords => Reserved.Values;

    /// <summary>Reads a name (bare or quoted), a number (1-65279) or LOCAL; <paramref name="output"/> also allows what only an output can be.</summary>
    internal static Reading Read(string text, bool output)
    {
        if (text is ['"', .. var quoted, '"'])
            return IsDeviceName(quoted) && IsName(quoted) ? Reading.Of(quoted) : Reading.Bad($"\"{quoted}\" cannot be the name of a port in a flow");
        if (Reserved.TryGetValue(text, out var reserved))
            return output || reserved == Local ? Reading.Of(reserved) : Reading.Bad($"{reserved} is not a port a packet comes from");
        if (text.Equals("controller", StringComparison.OrdinalIgnoreCase) || text.Equals("none", StringComparison.OrdinalIgnoreCase))
            return Reading.Bad($"{text} is not accepted: no controller serves this bridge");
        if (text.Length > 0 && text.All(char.IsAsciiDigit))
        {
            return !int.TryParse(text, out var number) ? Reading.Bad($"{text} is not a port number (1-{LargestNumber})")
                : number is (>= 1 and <= LargestNumber) or LocalNumber ? Reading.Of(OfNumber(number))
                : Reading.Bad($"{number} is not a port number (1-{LargestNumber})");
        }
        return IsDeviceName(text) ? Reading.Of(text)
            : Reading.Bad($"\"{text}\" is not a port: give a name (1-{LongestName} of A-Z a-z 0-9 _ . -), a number or LOCAL");
    }

    internal static bool IsDeviceName(string text) =>
        text.Length is >= 1 and <= LongestName && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-');
}
