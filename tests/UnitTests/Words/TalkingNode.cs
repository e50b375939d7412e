using System.Net;
using System.Net.Http.Json;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.State;
using MeshMcp.Contracts.Trust;
using MeshMcp.HostBridge;
using MeshMcp.HostBridge.Access;
using MeshMcp.HostBridge.Audit;
using MeshMcp.HostBridge.Engine;
using MeshMcp.HostBridge.Host;
using MeshMcp.HostBridge.OpenVSwitch;
using MeshMcp.HostBridge.Store;
using MeshMcp.HostBridge.Systems.Netmaker;
using MeshMcp.HostBridge.Systems.Wireguard;
using MeshMcp.HostBridge.Systems.Xray;
using MeshMcp.HostBridge.Wire;
using MeshMcp.TestKit;
using MeshMcp.UnitTests.Contracts;
using MeshMcp.UnitTests.Engine;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace MeshMcp.UnitTests.Words;

/// <summary>The agent as its own parts make it, with the real systems for tunnels and Xray, on a host whose every program quotes all that it was given, in every form, and fails.</summary>
sealed class TalkingNode : IAsyncDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("meshmcp-words-").FullName;
    readonly string _programs;
    readonly OvsdbConnection _database;
    readonly WebApplication _app;
    readonly List<string> _heard = [];

    TalkingNode(OvsdbConnection database)
    {
        (_database, _programs) = (database, Path.Combine(_folder, "bin"));
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var services = builder.Services;
        services.AddSingleton(database);
        services.AddNode(new() { Node = "vps", State = StateFolder, Socket = Path.Combine(_folder, "hostbridge.sock") });
        services.RemoveAll<IHostedService>();
        services.AddSingleton<ICommandRunner>(Programs);
        services.AddSingleton(new XrayFiles(Path.Combine(_folder, "lxc")));
        services.AddSingleton(s => new Planner([s.GetRequiredService<WireguardSystem>(), s.GetRequiredService<NetmakerSystem>(), s.GetRequiredService<XraySystem>(), Container = new(s.GetRequiredService<SecretStore>())],
            HandClock.Still, NullLogger<Planner>.Instance, null, s.GetRequiredService<SecretStore>()));
        _app = builder.Build();
        _app.Use((context, next) =>
        {
            context.Features.Set(new Peer(Environment.ProcessId, 0, null, TimeProvider.System.GetTimestamp()));
            return next(context);
        });
        _app.UseMiddleware<Errors>();
        var routes = new NodeRoutes(_app, _app.Services.GetRequiredService<NodeEngine>(), _app.Services.GetRequiredService<AuditLog>(), _ => new("uid 0", Scope.Admin, true, null, default));
        // As a program in a container prints it.
        routes.Operate(HttpMethod.Post, "/said", null, Scope.Operate, MeshJson.Default.ContainerExec, MeshJson.Default.ContainerExecResult,
            (_, asked) => Task.FromResult(new ContainerExecResult(0, string.Join('\n', asked.Command.SelectMany(Forms.Of)), "", false)), asked => new([]));
        _app.Services.GetRequiredService<Endpoints>().Map(_app);
        foreach (var container in new[] { "102", "202" }) Directory.CreateDirectory(Path.Combine(_folder, "lxc", container, "rootfs"));
        // Looked for only; behind all that this machine has.
        Directory.CreateDirectory(_programs);
        foreach (var program in new[] { "xray", "v2ray", "wg", "wireguard-go" })
        {
            File.WriteAllText(Path.Combine(_programs, program), "");
            File.SetUnixFileMode(Path.Combine(_programs, program), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }
        Environment.SetEnvironmentVariable("PATH", $"{Environment.GetEnvironmentVariable("PATH")}:{_programs}");
    }

    public QuotingPrograms Programs { get; } = new();
    public TalkingContainer Container { get; private set; } = null!;

    /// <summary>Everything that was answered.</summary>
    public string Heard => string.Join('\n', _heard);

    /// <summary>Everything that is stored, but in the folder of secrets.</summary>
    public string Stored => string.Join('\n', Directory.EnumerateFiles(StateFolder, "*", SearchOption.AllDirectories)
        .Where(f => !f.StartsWith(Path.Combine(StateFolder, "secrets"), StringComparison.Ordinal)).Select(File.ReadAllText));

    string StateFolder => Path.Combine(_folder, "state");

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static async Task<TalkingNode> StartAsync()
    {
        var node = new TalkingNode(await OvsdbConnection.OpenAsync(new("/nonexistent/db.sock", "/nonexistent"), TimeProvider.System, NullLogger.Instance, Ct));
        await node._app.StartAsync(Ct);
        return node;
    }

    public Task PutAsync(string name, SecretKind kind, string value) => SendAsync(HttpMethod.Put, $"/v1/secrets/{name}", JsonContent.Create(new SecretContent(value, kind), MeshJson.Default.SecretContent));

    public Task DeclareAsync(NodeState state) => SendAsync(HttpMethod.Post, "/v1/apply", JsonContent.Create(
        new ChangeRequest { Declared = JsonSerializer.SerializeToElement(state, MeshJson.Default.NodeState) }, MeshJson.Default.ChangeRequest));

    /// <summary>Asks all that can be asked without a name of something; what tells of what happens has no end.</summary>
    public async Task AskAsync(NodeState state, string value)
    {
        await SendAsync(HttpMethod.Post, "/v1/plan", JsonContent.Create(new ChangeRequest { Declared = JsonSerializer.SerializeToElement(state, MeshJson.Default.NodeState) }, MeshJson.Default.ChangeRequest));
        await SendAsync(HttpMethod.Post, "/said", JsonContent.Create(new ContainerExec([value]), MeshJson.Default.ContainerExec));
        string[] all = [.. _app.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>().Where(e => e.Is("GET") && e.RoutePattern.Parameters.Count == 0).Select(e => e.RoutePattern.RawText!)];
        Assert.Contains("/v1/audit/export", all);
        foreach (var path in (string[])[.. all.Where(p => p != "/v1/events"), "/v1/state?view=observed", "/v1/generations/1", "/v1/nowhere"])
            await SendAsync(HttpMethod.Get, path, null);
    }

    /// <summary>Asks for the links of a user, which hold a secret.</summary>
    public async Task LinksAsync(NodeState state, string user)
    {
        Programs.Content = true;
        await DeclareAsync(state);
        await SendAsync(HttpMethod.Get, $"/v1/xray/users/{user}/links", null);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        await _database.DisposeAsync();
        Environment.SetEnvironmentVariable("PATH", Environment.GetEnvironmentVariable("PATH")!.Replace($":{_programs}", "", StringComparison.Ordinal));
        Directory.Delete(_folder, recursive: true);
    }

    async Task SendAsync(HttpMethod method, string path, HttpContent? content)
    {
        using var client = new HttpClient { BaseAddress = new(_app.Urls.Single()) };
        using var request = new HttpRequestMessage(method, path) { Content = content };
        using var response = await client.SendAsync(request, Ct);
        _heard.Add($"{method} {path}: {(int)response.StatusCode} {await response.Content.ReadAsStringAsync(Ct)}");
    }
}

/// <summary>How programs say a value that they do not like.</summary>
static class Forms
{
    public static IEnumerable<string> Of(string value)
    {
        var base64 = Convert.ToBase64String(Encoding.UTF8.GetBytes(value));
        return [value, base64, base64.TrimEnd('=').Replace('+', '-').Replace('/', '_'), Uri.EscapeDataString(value), JsonSerializer.Serialize(value)[1..^1], .. value.Split('\n').Where(l => l.Length >= 16 && !l.StartsWith('-'))];
    }
}

/// <summary>Whatever is started quotes its arguments, its input and the files that it is pointed at, in one line, and fails.</summary>
sealed class QuotingPrograms : ICommandRunner
{
    /// <summary>Programs that said something.</summary>
    public HashSet<string> Started { get; } = [];

    /// <summary>All that they were given.</summary>
    public string Given { get; private set; } = "";

    /// <summary>They find nothing wrong.</summary>
    public bool Content { get; set; }

    public Task<CommandResult> RunAsync(Command command, CancellationToken ct)
    {
        switch (command.Program)
        {
            case "ip" or "lxc-info" or "systemctl":
                return Task.FromResult(new CommandResult(0, "", ""));
            case "wg" when command.Arguments is ["show", ..]:
                return Task.FromResult(new CommandResult(0, "", ""));
        }
        if (Content) return Task.FromResult(new CommandResult(0, "", ""));
        var given = string.Join('\n', [.. command.Arguments, command.Input ?? "", .. command.Arguments.Where(File.Exists).Select(File.ReadAllText)]);
        lock (Started)
        {
            Started.Add(command.Program);
            Given += given;
        }
        var words = $"failed: {string.Join(' ', Forms.Of(given)).Replace('\n', ' ')} {string.Join(' ', given.Split(['"', '\n', ' '], StringSplitOptions.RemoveEmptyEntries).SelectMany(Forms.Of))}";
        return command.SuccessCodes.Contains(1) ? Task.FromResult(new CommandResult(1, words, "")) : throw new MeshException(ErrorKind.CommandFailed, $"`{command}` {words}", command.Program);
    }

    public async IAsyncEnumerable<string> StreamAsync(Command command, [EnumeratorCancellation] CancellationToken ct)
    {
        await Task.CompletedTask;
        yield break;
    }
}

/// <summary>Stands for what no unit test can start: a container, netclient, nft. It is given every secret of the node, and says it wherever a system can say something: in findings, steps, faults of the state, and errors.</summary>
sealed class TalkingContainer(SecretStore secrets) : BlindableSystem
{
    public override string Name => "lxc";
    public override bool Differs(NodeState a, NodeState b) => a.Bridge != b.Bridge;
    public override IEnumerable<Problem> Validate(NodeState desired) => Faulty ? [new("lxc", Said, Nearest: [Said])] : [];
    public override Task<IReadOnlyList<MeshMcp.Contracts.Edits.Edit>> AdoptAsync(NodeState desired, CancellationToken ct) => throw Refusal;

    /// <summary>It refuses the state.</summary>
    public bool Faulty { get; set; }

    /// <summary>It cannot even be asked.</summary>
    public bool Blind { get; set; }

    string Said => string.Join(" | ", secrets.ReadAll().Values.SelectMany(Forms.Of));

    MeshException Refusal => new(new MeshError(ErrorKind.CommandFailed, $"lxc-start says: {Said}", "lxc", $"Look at {Said}", [new("lxc", Said)]));

    public override Task<SystemPlan> PlanAsync(NodeState desired, CancellationToken ct) => Blind ? throw Refusal : Task.FromResult(new SystemPlan(s => s,
        desired.Bridge is null ? [] : [new Step(new(Name, "container 1", "start container 1", Details: [Said]), _ => throw Refusal)], [new("warning", "lxc.containers.1", Said)]));
}
