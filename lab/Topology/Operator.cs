using System.Diagnostics;
using System.Text.Json;
using MeshMcp.Contracts.Errors;
using MeshMcp.Lab.Namespaces;

namespace MeshMcp.Lab.Topology;

/// <summary>Does on the nodes what an operator does there with <c>meshctl</c>: templates, secrets, the example states.</summary>
sealed class Operator(Site site, Credentials made, IProgress<string> progress)
{
    public const string UserName = "alice";

    static readonly TimeSpan Patience = TimeSpan.FromSeconds(60), Poll = TimeSpan.FromMilliseconds(200);

    readonly string exitId = Guid.NewGuid().ToString();

    public async Task SetUpAsync(CancellationToken ct)
    {
        progress.Report("templates and secrets");
        await Task.WhenAll(Map.Nodes.Select(n => TemplatesAsync(site.Place(n.Name), ct)));
        var (vps, far) = (site.Place(Map.Server), site.Place(Map.Far));
        await SecretsAsync(vps, new()
        {
            ["netmaker-master-key"] = ("netmaker-master-key", made.MasterKey),
            ["xray-exit-id"] = ("xray-id", exitId),
            [$"xray-user-{UserName}"] = ("xray-id", made.UserId),
            ["xray-certificate"] = ("tls-certificate", made.XrayCertificate.Certificate),
            ["xray-key"] = ("tls-key", made.XrayCertificate.Key),
        }, ct);
        await SecretsAsync(far, new() { ["warp-profile"] = ("warp-profile", made.WarpProfile), ["xray-exit-id"] = ("xray-id", exitId) }, ct);
        progress.Report($"example state of {vps.Name}");
        await ApplyAsync(vps, ct);
        await MemberAsync(vps, ct);
        progress.Report($"example state of {far.Name}");
        var token = (await MeshctlAsync(vps, ["netmaker", "create-key", far.Name], null, ct)).Trim();
        await SecretsAsync(far, new() { ["netmaker-key"] = ("netmaker-enrollment-key", token) }, ct);
        await ApplyAsync(far, ct);
        await MeshctlAsync(vps, ["netmaker", "egress", "add", far.Name, "10.0.0.0/24"], null, ct);
    }

    static async Task TemplatesAsync(Place node, CancellationToken ct)
    {
        await MeshctlAsync(node, ["template", "build", "busybox", "busybox"], null, ct);
        // Our own server needs a C library; a whole Debian would take a minute to build.
        await MeshctlAsync(node, ["template", "build", "busybox-glibc", "debian-12"], null, ct);
    }

    static async Task SecretsAsync(Place node, Dictionary<string, (string Kind, string Value)> secrets, CancellationToken ct)
    {
        foreach (var (name, secret) in secrets) await MeshctlAsync(node, ["secret", "set", name, "--kind", secret.Kind], secret.Value, ct);
    }

    /// <summary>On a busy machine something may answer too late once: nothing was done then, and the operator does it again.</summary>
    static async Task ApplyAsync(Place node, CancellationToken ct)
    {
        var state = await File.ReadAllTextAsync($"{Programs.Examples}/{node.Name}.json", ct);
        var since = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                await MeshctlAsync(node, ["apply", "-", "--why", "the lab's example state"], state, ct);
                return;
            }
            catch (MeshException e) when (e.Message.Contains("has not answered", StringComparison.Ordinal) && Stopwatch.GetElapsedTime(since) < Patience)
            {
                await Task.Delay(Poll, ct);
            }
        }
    }

    /// <summary>On a busy machine the Netmaker server may have come too late for the state; then the host bridge makes the network as soon as it can.</summary>
    static async Task MemberAsync(Place node, CancellationToken ct)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(ct);
        late.CancelAfter(Patience);
        while (!JsonDocument.Parse(await MeshctlAsync(node, ["netmaker", "status", "--json"], null, late.Token)).RootElement.GetProperty("joined").GetBoolean())
            await Task.Delay(Poll, late.Token);
    }

    static Task<string> MeshctlAsync(Place node, IReadOnlyList<string> words, string? input, CancellationToken ct) =>
        new Command(node, ["meshctl", .. words]).TextAsync(input, ct);
}
