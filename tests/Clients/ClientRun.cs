using System.Globalization;
using MeshMcp.Clients.Models;
using MeshMcp.Clients.Steps;
using MeshMcp.Contracts.Errors;
using MeshMcp.Lab;

namespace MeshMcp.Clients;

/// <summary>How a step went with a client.</summary>
/// <param name="Characters">What its model read; null: there is no way to it in this client.</param>
/// <param name="Wrong">What is; null: it is right.</param>
sealed record StepOutcome(int? Characters, string? Wrong);

/// <summary>
/// Drives a client in the lab's place <c>user</c>: from there it reaches the server through the lab's internet, by TLS, and nothing of the true one; what it
/// starts ends with the lab, and so do its files.
/// </summary>
sealed class ClientRun(MeshLab lab, string token, ScriptedModel model)
{
    const string User = "user";

    static readonly TimeSpan Hangs = TimeSpan.FromMinutes(3);

    static int s_homes;

    /// <summary>What it calls its version; a client that does not start throws.</summary>
    public async Task<string> VersionAsync(RealClient client, CancellationToken ct) =>
        (await Command(client, Settle(client, trusts: true), ["--version"]).RunAsync(patience: Hangs, ct: ct)).Succeeded(client.Name).Trim();

    public async Task<StepOutcome> OfAsync(RealClient client, Step step, CancellationToken ct)
    {
        if (step.Says(client) is not { } prompt) return new(null, null);
        var outcome = await OfAsync(client, step, prompt, ct);
        try
        {
            await step.Afterwards(ct);
            return outcome;
        }
        catch (MeshException e)
        {
            return outcome with { Wrong = $"{outcome.Wrong}\nafterwards: {e.Message}".Trim() };
        }
    }

    async Task<StepOutcome> OfAsync(RealClient client, Step step, string prompt, CancellationToken ct)
    {
        var calls = step.Calls(client);
        // Only those of our server are looked up; a client's own are there.
        var named = calls.Select(c => c.Tool).Where(t => t.Name.StartsWith(client.Ours, StringComparison.Ordinal)).ToList();
        using var session = new Session(lab, client.Dialect, [.. named.Count > 0 && client.LookingUp(named) is { } lookingUp ? [lookingUp] : Array.Empty<StepCall>(), .. calls], client.Ours);
        try
        {
            model.Play(session);
            var around = Settle(client, step.Trusts);
            var ended = await Command(client, around, client.Arguments(around, prompt)).RunAsync(patience: Hangs, ct: ct);
            var wrong = session.Wrong ?? (session.Done ? step.Wrong(session) : "its model did not get to make all calls") ?? (ended.ExitCode == 0 ? null : "it failed");
            return new(step.Read(session), wrong is null ? null : string.Create(CultureInfo.InvariantCulture, $"{wrong}\nit ended with {ended.ExitCode}: {End(ended.Errors + ended.Text)}"));
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return new(session.Characters, $"{session.Wrong} {e.Message}".Trim());
        }
        finally
        {
            model.Play(null);
        }
    }

    /// <summary>A new home, on the lab's file system in memory.</summary>
    Surroundings Settle(RealClient client, bool trusts)
    {
        var home = $"{lab.Site.Folder}/clients/{client.Name}{Interlocked.Increment(ref s_homes)}";
        Directory.CreateDirectory($"{home}/tmp");
        Surroundings around = new(home, model.Url, Script.Address, token, trusts ? $"{lab.Site.Certificates}/ca.crt" : null);
        client.Configure(around);
        return around;
    }

    /// <summary>With nothing of this program's environment.</summary>
    Command Command(RealClient client, Surroundings around, IReadOnlyList<string> arguments)
    {
        IEnumerable<(string Name, string Value)> variables = [("PATH", "/usr/bin:/bin"), ("HOME", around.Home), ("TMPDIR", Path.Combine(around.Home, "tmp")), ("TERM", "dumb"), .. client.Variables(around)];
        return lab.In(User, ["env", "-i", "-C", around.Home, .. variables.Select(v => $"{v.Name}={v.Value}"), .. client.Program!, .. arguments]);
    }

    static string End(string text) => text.Trim() is { Length: > 2000 } much ? $"… {much[^2000..]}" : text.Trim();
}
