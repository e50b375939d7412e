using System.Text.Json;
using MeshMcp.Bench.Calls;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Lab;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace MeshMcp.Bench;

/// <summary>The lab that is measured: the one that is up, else one that goes down with this program, however that ends.</summary>
sealed class MeshUnderTest : IAsyncDisposable
{
    /// <summary>The far node.</summary>
    public const string Node = "oo1424oo";

    const string Server = "vps/200/server";

    /// <summary>The programs of ours whose memory is read.</summary>
    public static readonly IReadOnlyList<string> Daemons = [Server, "vps/hostbridge", "vps/relay", $"{Node}/hostbridge", $"{Node}/relay"];

    static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    readonly MeshLab lab;
    readonly LabState state;

    public MeshLab Lab => lab;

    public LabState State => state;
    readonly bool ours;

    MeshUnderTest(MeshLab lab, LabState state, bool ours) => (this.lab, this.state, this.ours) = (lab, state, ours);

    public Target Target => new(new(state.Url), state.Token);

    public static async Task<MeshUnderTest> OpenAsync(CancellationToken ct)
    {
        var lab = new MeshLab(Environment.GetEnvironmentVariable("MESHMCP_LAB_PREFIX") is { Length: > 0 } set ? set : MeshLab.UsualPrefix);
        if (await lab.StateAsync(ct: ct) is { } up) return new(lab, up, ours: false);
        await Console.Error.WriteLineAsync("bringing up the lab");
        try
        {
            return new(lab, await lab.UpAsync(port: 0, owner: Environment.ProcessId, ct: ct), ours: true);
        }
        catch (OperationCanceledException)
        {
            await lab.DownAsync(CancellationToken.None);
            throw;
        }
    }

    public Task<McpClient> ConnectAsync(CancellationToken ct) => McpClient.CreateAsync(
        new HttpClientTransport(new()
        {
            Endpoint = Target.Url,
            TransportMode = HttpTransportMode.StreamableHttp,
            AdditionalHeaders = new Dictionary<string, string> { ["Authorization"] = $"Bearer {state.Token}" },
        }), cancellationToken: ct);

    /// <summary>Calls a tool about the far node and gives its report; a refusal is thrown. Not to be interrupted: what it changes must be changed back.</summary>
    public static async Task<JsonElement> ChangeAsync(McpClient client, string tool, Dictionary<string, object?> arguments)
    {
        using var deadline = new CancellationTokenSource(Patience);
        arguments["node"] = Node;
        var result = await client.CallToolAsync(tool, arguments, cancellationToken: deadline.Token);
        if (result.IsError == true) throw new MeshException(ErrorKind.CommandFailed, $"{tool}: {string.Join(' ', result.Content.OfType<TextContentBlock>().Select(t => t.Text))}", Node);
        return result.StructuredContent ?? throw new MeshException(ErrorKind.Bug, $"{tool} answered without a report.", Node);
    }

    /// <summary>The far node's own socket, as root.</summary>
    public NodeClient NodeClient() => new(Node, NodeTransport.Create(new NodeEndpoint.Local(lab.FileIn(Node, "/run/meshmcp/hostbridge.sock"))));

    public Command OnNode(params IReadOnlyList<string> words) => lab.In(Node, words);

    public async Task<int?> PidAsync(string daemon, CancellationToken ct) => daemon == Server ? await ServerAsync(ct) : (await lab.StateAsync(ct: ct))?.Daemons.FirstOrDefault(d => d.Name == daemon)?.Pid;

    public async ValueTask DisposeAsync()
    {
        if (ours) await lab.DownAsync(CancellationToken.None);
    }

    /// <summary>The server runs in container 200, as a process of this machine too.</summary>
    static async Task<int?> ServerAsync(CancellationToken ct)
    {
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
            if (int.TryParse(Path.GetFileName(folder), out var pid) && await IsServerAsync(pid, ct)) return pid;
        return null;
    }

    static async Task<bool> IsServerAsync(int pid, CancellationToken ct)
    {
        try
        {
            return (await File.ReadAllTextAsync($"/proc/{pid}/cmdline", ct)).Replace('\0', ' ').StartsWith("/usr/lib/meshmcp/server/meshmcp-server mcp ", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }
}
