namespace MeshMcp.NetmakerStandIn;

/// <summary>Words of a command line: <c>--name value</c>, <c>-n value</c> and flags without a value.</summary>
sealed class Options
{
    readonly Dictionary<string, string> values = [];
    readonly List<string> plain = [];

    public Options(IEnumerable<string> words, params string[] flags)
    {
        using var word = words.GetEnumerator();
        while (word.MoveNext())
        {
            var name = word.Current;
            if (!name.StartsWith('-')) plain.Add(name);
            else if (flags.Contains(name)) values[name] = "";
            else values[name] = word.MoveNext() ? word.Current : "";
        }
    }

    public IReadOnlyList<string> Plain => plain;

    public bool Has(string name) => values.ContainsKey(name);

    public string? this[string name] => values.GetValueOrDefault(name);
}
