using System.Globalization;
using System.Runtime.CompilerServices;
using MeshMcp.Lab;
using MeshMcp.Tasks;
using MeshMcp.TestKit;

const string Usage = """
    usage: meshmcp-tasks [FILTER]

      FILTER   only tasks with it in their name

    Brings a lab up, does each task by MCP calls alone, looks on the nodes whether it is done, takes it back, and prints a table:
    right, calls, tokens, below what the list of tools itself costs. Ends with 1 where one is not right.

    """;

if (args is ["--help" or "-h", ..] or [_, _, ..])
{
    Console.Write(Usage);
    return args is ["--help" or "-h"] ? 0 : 2;
}

var filter = args.FirstOrDefault() ?? "";
var tasks = OperatorTask.In(Path.Combine(Here(), "tasks")).Where(t => t.Name.Contains(filter, StringComparison.OrdinalIgnoreCase)).ToList();
if (tasks.Count == 0)
{
    Console.Error.WriteLine($"No task has '{filter}' in its name.");
    return 2;
}

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, e) => { e.Cancel = true; stop.Cancel(); };
var lab = new MeshLab(LabPrefix.Next('t'));
List<TaskOutcome> outcomes = [];
try
{
    var state = await lab.UpAsync(port: 0, owner: Environment.ProcessId, ct: stop.Token);
    var run = new TaskRun(lab, state);
    foreach (var (shown, toolsets) in new[] { ("by default", (string?)null), ("with all toolsets", "all") })
    {
        await using var client = await ToolClient.ConnectAsync(state, toolsets, stop.Token);
        var (tools, bytes) = await client.ListedAsync(stop.Token);
        Console.WriteLine($"{tools} tools {shown}: their list has {bytes} bytes, {bytes / 4} tokens");
    }
    Console.WriteLine($"\n{"task",-34}{"right",7}{"calls",7}{"tokens",8}{"most",7}");
    foreach (var task in tasks)
    {
        var outcome = await run.OfAsync(task, stop.Token);
        outcomes.Add(outcome);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{task.Name,-34}{(outcome.Wrong is null ? "yes" : "NO"),7}{outcome.Calls,7}{outcome.Tokens,8}{task.Tokens,7}"));
        if (outcome.Wrong is not null) Console.WriteLine($"    {task.Question}\n    {outcome.Wrong.ReplaceLineEndings("\n    ")}");
    }
}
finally
{
    await lab.DownAsync(CancellationToken.None);
}

Console.WriteLine($"\n{outcomes.Count(o => o.Wrong is null)} of {outcomes.Count} right, {outcomes.Sum(o => o.Calls)} calls, {outcomes.Sum(o => o.Tokens)} tokens");
return outcomes.All(o => o.Wrong is null) ? 0 : 1;

static string Here([CallerFilePath] string here = "") => Path.GetDirectoryName(here)!;
