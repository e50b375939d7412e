namespace MeshMcp.Contracts.Errors;

/// <summary>Finds the valid names that a mistyped one probably meant.</summary>
public static class Nearest
{
    const int Limit = 3;

    /// <summary>At most three of <paramref name="valid"/>, closest first; empty when nothing resembles <paramref name="given"/>.</summary>
    public static IReadOnlyList<string> To(string given, IEnumerable<string> valid) =>
        [.. valid.Distinct()
            .Select(name => (Name: name, Distance: Distance(given.ToUpperInvariant(), name.ToUpperInvariant())))
            .Where(n => n.Distance <= Math.Max(2, n.Name.Length / 2))
            .OrderBy(n => n.Distance).ThenBy(n => n.Name, StringComparer.Ordinal)
            .Take(Limit).Select(n => n.Name)];

    static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var above = row[j];
                row[j] = Math.Min(Math.Min(row[j] + 1, row[j - 1] + 1), diagonal + (a[i - 1] == b[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }
        return row[b.Length];
    }
}
