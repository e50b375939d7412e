using MeshMcp.Lab;
using MeshMcp.TestKit;

namespace MeshMcp.Tasks;

/// <summary>A program run in a place of the lab.</summary>
/// <param name="Has">What it prints, on either stream, each.</param>
/// <param name="Lacks">What it does not print.</param>
sealed record Look(string On, IReadOnlyList<string> Run, IReadOnlyList<string>? Has = null, IReadOnlyList<string>? Lacks = null)
{
    /// <summary>What a change leads to on the far node, at most.</summary>
    static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);

    /// <summary>What is wrong there, also after a while; null: nothing.</summary>
    /// <param name="filled">Puts what was kept into a text.</param>
    public async Task<string?> WrongAsync(MeshLab lab, Func<string, string> filled, CancellationToken ct)
    {
        IReadOnlyList<string> run = [.. Run.Select(filled)];
        var printed = "";
        try
        {
            await Eventually.True(async () =>
            {
                var output = await lab.In(On, run).RunAsync(ct: ct);
                printed = output.Text + output.Errors;
                return (Has ?? []).All(h => printed.Contains(filled(h), StringComparison.Ordinal)) && !(Lacks ?? []).Any(l => printed.Contains(filled(l), StringComparison.Ordinal));
            }, Soon, $"{On}: {string.Join(' ', run)} prints it", ct);
            return null;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return $"on {On}, '{string.Join(' ', run)}' has not {string.Join(", ", Has ?? [])}{(Lacks is null ? "" : $", or has {string.Join(", ", Lacks)}")}: {printed}";
        }
    }
}
