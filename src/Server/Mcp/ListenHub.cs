using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace MeshMcp.Server.Mcp;

/// <summary>
/// <c>subscriptions/listen</c> of 2026-07-28: an answer that stays open and carries what the client asked to be told of.
/// The package grants nothing over stateless HTTP, so the streams are kept here.
/// </summary>
sealed class ListenHub
{
    /// <summary>A client that reads slower than this many notifications loses the oldest: each only says "look again".</summary>
    const int Waiting = 256;

    readonly Lock _gate = new();
    readonly HashSet<Channel<Change>> _streams = [];
    bool _closed;

    sealed record Change(string Method);

    /// <summary>Serves listen requests of <paramref name="options"/> and tells them of changes in its collections.</summary>
    public void AddTo(McpServerOptions options)
    {
        options.Handlers.SubscriptionsListenHandler = ListenAsync;
        options.ToolCollection?.Changed += (_, _) => Publish(new(NotificationMethods.ToolListChangedNotification));
        options.PromptCollection?.Changed += (_, _) => Publish(new(NotificationMethods.PromptListChangedNotification));
        options.ResourceCollection?.Changed += (_, _) => Publish(new(NotificationMethods.ResourceListChangedNotification));
    }

    /// <summary>Ends all streams with a regular answer, and every later one at once: the server stops.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
            foreach (var stream in _streams) stream.Writer.TryComplete();
        }
    }

    void Publish(Change change)
    {
        lock (_gate)
            foreach (var stream in _streams) stream.Writer.TryWrite(change);
    }

    async ValueTask<EmptyResult> ListenAsync(RequestContext<SubscriptionsListenRequestParams> context, CancellationToken ct)
    {
        var granted = Grant(context);
        var stream = Channel.CreateBounded<Change>(new BoundedChannelOptions(Waiting) { FullMode = BoundedChannelFullMode.DropOldest });
        lock (_gate)
        {
            _streams.Add(stream);
            if (_closed) stream.Writer.TryComplete();
        }
        try
        {
            var acknowledged = JsonSerializer.SerializeToNode(granted, McpJsonUtilities.DefaultOptions.GetTypeInfo(typeof(SubscriptionsListenNotifications)));
            await SendAsync(context, NotificationMethods.SubscriptionsAcknowledgedNotification, new() { ["notifications"] = acknowledged }, ct);
            await foreach (var change in stream.Reader.ReadAllAsync(ct))
                if (Wants(granted, change)) await SendAsync(context, change.Method, [], ct);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // The client left, which is how it says that it heard enough; an exception would be logged as a fault.
        }
        finally
        {
            lock (_gate) _streams.Remove(stream);
        }
        return new();
    }

    static SubscriptionsListenNotifications Grant(RequestContext<SubscriptionsListenRequestParams> context)
    {
        var asked = context.Params?.Notifications ?? new();
        return new()
        {
            ToolsListChanged = asked.ToolsListChanged is true ? true : null,
            PromptsListChanged = asked.PromptsListChanged is true ? true : null,
            ResourcesListChanged = asked.ResourcesListChanged is true ? true : null,
        };
    }

    static bool Wants(SubscriptionsListenNotifications granted, Change change) => change.Method switch
    {
        NotificationMethods.ToolListChangedNotification => granted.ToolsListChanged is true,
        NotificationMethods.PromptListChangedNotification => granted.PromptsListChanged is true,
        NotificationMethods.ResourceListChangedNotification => granted.ResourcesListChanged is true,
        _ => false,
    };

    static Task SendAsync(RequestContext<SubscriptionsListenRequestParams> context, string method, JsonObject parameters, CancellationToken ct)
    {
        var id = context.JsonRpcRequest.Id.Id;
        parameters["_meta"] = new JsonObject { [MetaKeys.SubscriptionId] = id is long number ? number : id?.ToString() };
        return context.Server.SendMessageAsync(new JsonRpcNotification { Method = method, Params = parameters }, ct);
    }
}
