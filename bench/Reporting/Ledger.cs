using MeshMcp.Bench.Scenarios;

namespace MeshMcp.Bench.Reporting;

/// <summary>All readings, by what was measured and by whom.</summary>
sealed class Ledger
{
    readonly Dictionary<(string What, string Measure, string Tool), (string Unit, List<double> Values)> entries = [];

    public void Add(Scenario scenario, Contender contender, IReadOnlyList<Reading> readings)
    {
        foreach (var (measure, value, unit) in readings)
        {
            var key = (scenario.What, measure, contender.Tool);
            if (!entries.TryGetValue(key, out var entry)) entries[key] = entry = (unit, []);
            entry.Values.Add(value);
        }
    }

    /// <summary>What is compared stands together: by scenario, then measure, then tool.</summary>
    public IReadOnlyList<Row> Rows(IReadOnlyList<Scenario> scenarios) =>
    [
        .. from scenario in scenarios
           from measure in entries.Keys.Where(k => k.What == scenario.What).Select(k => k.Measure).Distinct()
           from contender in scenario.Contenders
           where entries.ContainsKey((scenario.What, measure, contender.Tool))
           let entry = entries[(scenario.What, measure, contender.Tool)]
           select new Row(measure.Length == 0 ? scenario.What : $"{scenario.What}, {measure}", contender.Tool, entry.Unit, entry.Values),
    ];
}
