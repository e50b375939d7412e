using System.Globalization;
using System.Text.Json;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Lab;
using MeshMcp.TestKit;
using Xunit;

namespace MeshMcp.IntegrationTests.Wireguard;

/// <summary>A bare lab of a test class's own. Tests talk to the host bridge of <c>vps</c>, and stand up far ends in the edges <c>internet</c> and <c>user</c>.</summary>
public sealed class WireguardLab : IAsyncLifetime
{
    public const string Node = "vps", VpsAddress = "203.0.113.10", InternetAddress = "203.0.113.1";
    public static readonly TimeSpan Hangs = TimeSpan.FromSeconds(60);

    public MeshLab Lab { get; } = new(LabPrefix.Next('w'), bare: true);

    public NodeClient Client { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        if (!Environment.IsPrivilegedProcess) Assert.Skip("needs root to make namespaces");
        await Lab.UpAsync(port: 0, owner: Environment.ProcessId);
        Client = new(Node, NodeTransport.Create(new NodeEndpoint.Local(Lab.FileIn(Node, "/run/meshmcp/hostbridge.sock"))));
    }

    public Task<string> RunAsync(string place, params IReadOnlyList<string> words) => Lab.In(place, words).TextAsync();

    /// <summary>Our command line on the node.</summary>
    public Task<string> MeshctlAsync(params IReadOnlyList<string> words) => RunAsync(Node, ["env", "meshctl", .. words]);

    public async Task<bool> SucceedsAsync(string place, params IReadOnlyList<string> words) => (await Lab.In(place, words).RunAsync()).ExitCode == 0;

    /// <summary>Applies a declared document with a bridge and this section <c>wireguard</c>; a refusal and a failure are thrown.</summary>
    public Task<ApplyEvent.Finished> ApplyAsync(string wireguard)
    {
        var document = JsonDocument.Parse($$"""{"bridge":{"name":"mesh","address":"10.1.0.1/24"},"wireguard":{{wireguard}}}""").RootElement;
        return ApplyAsync(new ChangeRequest { Declared = document });
    }

    public Task<ApplyEvent.Finished> EditAsync(params IReadOnlyList<Edit> edits) => ApplyAsync(new ChangeRequest { Edits = edits });

    async Task<ApplyEvent.Finished> ApplyAsync(ChangeRequest request)
    {
        ApplyEvent? last = null;
        await foreach (var what in Client.ApplyAsync(request, default)) last = what;
        var end = Assert.IsType<ApplyEvent.Finished>(last);
        return end.Error is { } error ? throw new MeshException(error) : end;
    }

    public static async Task<MeshError> RefusedAsync(Func<Task> change) => (await Assert.ThrowsAsync<MeshException>(change)).Error;

    /// <summary>A device with everything that <c>ip</c> says of it; null when there is none.</summary>
    public async Task<string?> LinkAsync(string device)
    {
        var output = await Lab.In(Node, "ip", "-d", "address", "show", "dev", device).RunAsync();
        return output.ExitCode == 0 ? output.Text : null;
    }

    /// <summary>The process that carries a device; null without one.</summary>
    public async Task<int?> CarrierAsync(string device)
    {
        var found = await Lab.In(Node, "pgrep", "--full", "--ns", $"{(await Lab.StateAsync())!.Daemons.First(d => d.Name == $"{Node}/hostbridge").Pid}", "--nslist", "net", $"wireguard-go {device}$").RunAsync();
        return int.TryParse(found.Text.Trim(), CultureInfo.InvariantCulture, out var pid) ? pid : null;
    }

    /// <summary>Without tunnels, clients, secrets; what a test left is gone.</summary>
    public async Task ClearAsync()
    {
        // Edits stay on top of every document, so clients must be taken out by name.
        var clients = (await Client.StateAsync("desired", default)).State.Wireguard?.VpnServer?.Clients ?? [];
        if (clients.Count > 0) await EditAsync([.. clients.Select(c => new RemoveVpnClient(c.Name))]);
        await ApplyAsync("{}");
        foreach (var secret in (await Client.SecretsAsync(default)).Secrets) await Client.DeleteSecretAsync(secret.Name, default);
        await RunAsync(Node, "rm", "-f", "/var/lib/meshmcp/wireguard/released.json");
    }

    public async ValueTask DisposeAsync()
    {
        Client?.Dispose();
        await Lab.DownAsync();
    }
}
