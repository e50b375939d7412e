using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Files;
using MeshMcp.Contracts.Joining;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.Trust;

namespace MeshMcp.Server.Nodes;

/// <summary>Keeps the directory as the configuration and the node that enrolls say, so that a new node needs no restart. What cannot be read leaves everything as it was.</summary>
sealed partial class NodeWatch(NodeSources sources, NodeDirectory directory, TimeProvider time, ILogger<NodeWatch> log) : BackgroundService
{
    public static readonly TimeSpan Every = TimeSpan.FromSeconds(2);
    static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(5);

    readonly HttpMessageHandler? _enroll = sources.Enroll is { } door ? NodeTransport.Create(door.Endpoint) : null;
    IReadOnlyDictionary<string, NodeEndpoint> _configured = sources.Nodes;
    JoinedNodes _joined = new([]);
    string _seen = FileStamp.Of(sources.File);
    bool _answered = true;

    /// <summary>Why the changed configuration was not taken over; null when all is well.</summary>
    public string? Problem { get; private set; }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (sources.File is null && _enroll is null) return;
        using var timer = new PeriodicTimer(Every, time);
        try
        {
            do
            {
                ReadFile();
                if (_enroll is not null) await AskAsync(_enroll, sources.Enroll!.Node, stoppingToken);
                if (directory.Replace(All())) LogNodes(log, string.Join(", ", directory.Names));
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
    }

    public override void Dispose()
    {
        _enroll?.Dispose();
        base.Dispose();
    }

    /// <summary>What the operator wrote counts before what a node said of itself.</summary>
    Dictionary<string, NodeEndpoint> All()
    {
        var all = new Dictionary<string, NodeEndpoint>(_configured);
        foreach (var node in _joined.Nodes)
            if (node.Address is { } address && MeshName.IsValid(node.Name) && HostPort.TryParse(address, out _)) all.TryAdd(node.Name, sources.Joined!(node.Name, address));
        return all;
    }

    void ReadFile()
    {
        var now = FileStamp.Of(sources.File);
        if (now == _seen || sources.Reread is null) return;
        _seen = now;
        try
        {
            _configured = sources.Reread();
            Problem = null;
        }
        catch (MeshException e)
        {
            Problem = string.Join("; ", [e.Message, .. (e.Error.Problems ?? []).Select(p => $"{p.Path} {p.Message}")]);
            LogUnreadable(log, sources.File!, Problem);
        }
    }

    async Task AskAsync(HttpMessageHandler transport, string node, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(AnswerWithin);
        try
        {
            using var client = new NodeClient(node, transport, new("directory", Scope.Read), ownsTransport: false);
            _joined = await client.JoinedNodesAsync(limit.Token);
            _answered = true;
            var revoked = await client.RevocationsAsync(limit.Token);
            foreach (var relay in All().Values.OfType<NodeEndpoint.Relay>())
                if (revoked.Number > relay.Certificates.Revoked.Number && relay.Certificates.Current().Trust.Made(revoked)) relay.Certificates.Revoked = revoked;
        }
        catch (Exception e) when (e is MeshException || (e is OperationCanceledException && !ct.IsCancellationRequested))
        {
            if (_answered) LogSilent(log, node, e.Message);
            _answered = false;
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The nodes are now: {Names}")]
    static partial void LogNodes(ILogger log, string names);

    [LoggerMessage(Level = LogLevel.Error, Message = "The nodes of {File} stay as they were: {Reason}")]
    static partial void LogUnreadable(ILogger log, string file, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Node {Node} does not tell which nodes joined; those known stay: {Reason}")]
    static partial void LogSilent(ILogger log, string node, string reason);
}
