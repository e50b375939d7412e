using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MeshMcp.Clients.Steps;
using MeshMcp.Lab;

namespace MeshMcp.Clients.Models;

/// <summary>One conversation of a client with its model: the calls of a step, one after the other, and what the model read.</summary>
/// <param name="ours">What the names of our server's tools begin with.</param>
sealed partial class Session(MeshLab lab, Dialect dialect, IReadOnlyList<StepCall> calls, string ours) : IDisposable
{
    const int MostAgain = 6;

    readonly Dictionary<string, string> kept = [];
    readonly SemaphoreSlim turn = new(1);
    ModelCall? asked;
    int next, made;

    public Dialect Dialect => dialect;

    /// <summary>What is wrong; null: nothing so far.</summary>
    public string? Wrong { get; private set; }

    /// <summary>Of results, and of definitions that the model looked up for these calls.</summary>
    public int Characters { get; private set; }

    /// <summary>Of the definitions of our tools in the newest request.</summary>
    public int Definitions { get; private set; }

    /// <summary>All that the model read beside results, newest request.</summary>
    public IReadOnlyList<string> Texts { get; private set; } = [];

    public bool Done => next == calls.Count && asked is null;

    public void Dispose() => turn.Dispose();

    /// <summary>What the model says to this request; null: that it is done.</summary>
    public async Task<ModelCall?> NextAsync(JsonNode request, CancellationToken ct)
    {
        if (!dialect.Converses(request)) return null;
        await turn.WaitAsync(ct);
        try
        {
            var before = Definitions;
            Definitions = dialect.Tools(request).Where(t => t.Name.StartsWith(ours, StringComparison.Ordinal)).Sum(t => t.Definition.ToJsonString().Length);
            Texts = [.. dialect.Texts(request)];
            if (asked is not null) Characters += Math.Max(0, Definitions - before);
            // A request that is sent again is answered again.
            if (asked is not null && dialect.Result(request, asked) is { } result) await HearAsync(calls[next - 1], result, ct);
            else if (asked is not null) return asked;
            if (Wrong is not null || next == calls.Count) return null;
            var call = calls[next++];
            if (call.Before is { } first) await first(ct);
            return asked = new($"call_{++made}", call.Tool, JsonNode.Parse(Filled(call.Arguments.ToJsonString()))!.AsObject());
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            Wrong = e.Message;
            return null;
        }
        finally
        {
            turn.Release();
        }
    }

    async Task HearAsync(StepCall call, string result, CancellationToken ct)
    {
        asked = null;
        Characters += result.Length;
        if (call.Again is { } again && result.Contains(again, StringComparison.Ordinal) && made < calls.Count + MostAgain)
        {
            next--;
            return;
        }
        foreach (var wanted in call.Says)
            if (!result.Contains(wanted, StringComparison.Ordinal)) Wrong ??= $"after {call.Tool.Name} the model does not read '{wanted}', but: {result}";
        foreach (var (name, pattern) in call.Keep)
            if (Regex.Match(result, pattern) is { Success: true } match) kept[name] = match.Groups[1].Value;
            else Wrong ??= $"after {call.Tool.Name} the model does not read what {pattern} looks for: {result}";
        foreach (var look in call.Looks)
            if (Wrong is null) Wrong = await look.WrongAsync(lab, Filled, ct);
    }

    string Filled(string text) => Reference().Replace(text, m => kept[m.Groups[1].Value + m.Groups[2].Value]);

    /// <summary>Of texts, and of numbers with their quotes.</summary>
    [GeneratedRegex("""\"\$\{([a-z]+):number\}\"|\$\{([a-z]+)\}""")]
    private static partial Regex Reference();
}
