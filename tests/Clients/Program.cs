using System.Globalization;
using System.Runtime.InteropServices;
using MeshMcp.Clients;
using MeshMcp.Clients.Models;
using MeshMcp.Clients.Steps;
using MeshMcp.Contracts.Errors;
using MeshMcp.Lab;
using MeshMcp.TestKit;

const string Usage = """
    usage: meshmcp-clients [NAME…]

      NAME   claude, codex or gemini; all of them unless given

    Brings a lab up and drives real clients in it with a scripted model, step by step; prints a table of what the model read, in characters.
    Ends with 1 where a client is not there, does not start, or a step goes wrong.

    """;

if (args is ["--help" or "-h", ..])
{
    Console.Write(Usage);
    return 0;
}

var clients = RealClient.All.Where(c => args.Length == 0 || args.Contains(c.Name)).ToList();
if (args.Except(RealClient.All.Select(c => c.Name)).FirstOrDefault() is { } unknown)
{
    Console.Error.WriteLine($"There is no client '{unknown}'.\n{Usage}");
    return 2;
}

using var stop = new CancellationTokenSource();
var signals = new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP }.Select(s => PosixSignalRegistration.Create(s, signal => { signal.Cancel = true; stop.Cancel(); })).ToList();
var failures = 0;
var ready = new List<RealClient>();
var lab = new MeshLab(LabPrefix.Next('k'));
try
{
    var state = await lab.UpAsync(port: 0, owner: Environment.ProcessId, ct: stop.Token);
    await using var model = await ScriptedModel.StartAsync(lab.Site.Place("user"), stop.Token);
    var run = new ClientRun(lab, state.Token, model);
    foreach (var client in clients)
        if (client.Program is null) Failed(client.Name, $"is not installed: {string.Join(", ", client.Needs)} must name its program");
        else
            try
            {
                Console.WriteLine($"{client.Name}: {await run.VersionAsync(client, stop.Token)}");
                ready.Add(client);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                Failed(client.Name, $"does not start: {e.Message}");
            }

    Console.WriteLine($"\n{"what the model read, in characters",-36}{string.Concat(clients.Select(c => $"{c.Name,9}"))}");
    foreach (var step in new Script(lab, state).Steps)
    {
        var cells = "";
        var (reasons, limits) = (new List<string>(), new List<string>());
        foreach (var client in clients)
        {
            var outcome = ready.Contains(client) ? await run.OfAsync(client, step, stop.Token) : new(null, "-");
            var limit = outcome.Wrong is null ? step.Limit(client) : null;
            cells += $"{(outcome switch { { Wrong: not null } => "NO", { Characters: { } read } => string.Create(CultureInfo.InvariantCulture, $"{(limit is null ? "" : "*")}{read}"), _ => "*" }),9}";
            if (limit is not null) limits.Add($"    * {client.Name} {limit}");
            if (outcome.Wrong is { } wrong && wrong != "-") reasons.Add($"    {client.Name}: {wrong.ReplaceLineEndings("\n    ")}");
        }
        failures += reasons.Count;
        Console.WriteLine($"{step.Name,-36}{cells}");
        foreach (var reason in limits.Concat(reasons)) Console.WriteLine(reason);
    }
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    failures++;
    Console.Error.WriteLine("interrupted");
}
catch (MeshException e)
{
    failures++;
    Console.Error.WriteLine(e.Message);
}
finally
{
    await lab.DownAsync(CancellationToken.None);
    signals.ForEach(s => s.Dispose());
}

return failures == 0 ? 0 : 1;

void Failed(string client, string why)
{
    failures++;
    Console.WriteLine($"{client} {why}");
}
