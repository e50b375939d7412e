using System.Globalization;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Lab;
using ModelContextProtocol.Client;

namespace MeshMcp.Bench.Losses;

/// <summary>Small questions about the lab, each answered within a second.</summary>
/// <param name="client">An MCP client of the lab's server.</param>
/// <param name="node">The far node's own socket.</param>
sealed class ContainerProbes(MeshLab lab, LabState state, McpClient client, NodeClient node, HttpClient http)
{
    const string Far = MeshUnderTest.Node, Near = "vps";
    static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    public async Task<int> InitAsync(string place, string container) =>
        int.Parse(await lab.In(place, "lxc-info", "-n", container, "-p", "-H").TextAsync(), CultureInfo.InvariantCulture);

    public Task<bool> Across(CancellationToken ct) => PingsAsync(Near, "200", "10.0.0.100", ct);

    public Task<bool> Out(CancellationToken ct) => PingsAsync(Far, "102", "198.18.80.80", ct);

    public Task<bool> ServerAnswers(CancellationToken ct) => SaysAsync(async late => (await http.GetAsync(new Uri(new Uri(state.Url), "/healthz"), late)).IsSuccessStatusCode, ct);

    public Task<bool> NodeAnswers(CancellationToken ct) => SaysAsync(async late => (await node.GenerationsAsync(1, late)).Count > 0, ct);

    public Task<bool> CallReaches(CancellationToken ct) => SaysAsync(async late =>
        (await client.CallToolAsync("list_flows", new Dictionary<string, object?> { ["node"] = Far }, cancellationToken: late)).IsError != true, ct);

    public async Task<bool> Published(CancellationToken ct) =>
        (await lab.In("user", "curl", "-sk", "-m", "0.5", "-o", "/dev/null", "https://203.0.113.10:9574/healthz").RunAsync(ct: ct)).ExitCode == 0;

    /// <summary>One packet out of the container's own network, without a program of the container.</summary>
    async Task<bool> PingsAsync(string place, string container, string address, CancellationToken ct)
    {
        var init = await lab.In(place, "lxc-info", "-n", container, "-p", "-H").RunAsync(ct: ct);
        return init.ExitCode == 0 && init.Text.Trim() is { Length: > 0 } pid
            && (await lab.In(place, "nsenter", "-t", pid, "-n", "ping", "-c", "1", "-W", "0.2", "-q", address).RunAsync(ct: ct)).ExitCode == 0;
    }

    static async Task<bool> SaysAsync(Func<CancellationToken, Task<bool>> ask, CancellationToken ct)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(ct);
        late.CancelAfter(Second);
        try
        {
            return await ask(late.Token);
        }
        catch (Exception e) when (!ct.IsCancellationRequested && e is HttpRequestException or OperationCanceledException or MeshException or IOException)
        {
            return false;
        }
    }
}
