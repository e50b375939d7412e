using System.Text.Json;
using MeshMcp.Lab;

namespace MeshMcp.Tasks;

/// <summary>How a task went.</summary>
/// <param name="Wrong">What was; null: it is right.</param>
/// <param name="Tokens">Bytes divided by four.</param>
sealed record TaskOutcome(OperatorTask Task, string? Wrong, int Calls, int Tokens);

/// <summary>Does tasks on a lab, and looks whether they are done.</summary>
sealed class TaskRun(MeshLab lab, LabState state)
{
    static readonly IReadOnlyList<string> Nodes = ["vps", "oo1424oo"];

    public async Task<TaskOutcome> OfAsync(OperatorTask task, CancellationToken ct)
    {
        var before = await DesiredAsync(ct);
        await using var client = await ToolClient.ConnectAsync(state, task.Toolsets, ct);
        var wrong = await WrongAsync(client, task.Calls, task.Afterwards ?? [], ct);
        var (calls, tokens) = (client.Calls, client.Bytes / 4);
        if (wrong is null && tokens > task.Tokens) wrong = $"{tokens} tokens, {task.Tokens} at most";
        // Also after a failure: the next task begins with what this one found.
        var undone = await WrongAsync(client, task.Undo ?? [], [], ct);
        if (undone is null && await DesiredAsync(ct) is var after && after != before) undone = $"the state is not as it was: {Difference(before, after)}";
        return new(task, wrong ?? (undone is null ? null : $"undoing: {undone}"), calls, tokens);
    }

    async Task<string?> WrongAsync(ToolClient client, IReadOnlyList<TaskCall> calls, IReadOnlyList<Look> looks, CancellationToken ct)
    {
        foreach (var call in calls)
            if (await client.CallAsync(call, ct) is { } wrong) return wrong;
        foreach (var look in looks)
            if (await look.WrongAsync(lab, client.Filled, ct) is { } wrong) return wrong;
        return null;
    }

    /// <summary>What both nodes are to be, edits included.</summary>
    async Task<string> DesiredAsync(CancellationToken ct)
    {
        await using var client = await ToolClient.ConnectAsync(state, null, ct);
        List<string> states = [];
        foreach (var node in Nodes)
        {
            var asked = new TaskCall("get_state", new() { ["node"] = node }, Keep: new Dictionary<string, string> { ["state"] = "/state" });
            if (await client.CallAsync(asked, ct) is { } wrong) throw new InvalidOperationException(wrong);
            states.Add(client.Filled("${state}"));
        }
        return string.Join('\n', states);
    }

    static string Difference(string before, string after)
    {
        var at = before.Zip(after).TakeWhile(p => p.First == p.Second).Count();
        return $"'{Around(before)}' became '{Around(after)}'";

        string Around(string text) => text[Math.Max(0, at - 60)..Math.Min(text.Length, at + 60)].ReplaceLineEndings(" ");
    }
}
