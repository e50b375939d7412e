using System.Text.Json.Nodes;
using System.Threading.Channels;
using ModelContextProtocol.Protocol;

namespace MeshMcp.Server.Api;

/// <summary>A transport that carries one request to a server, and what the server says of it.</summary>
sealed class OneRequest : ITransport
{
    readonly Channel<JsonRpcMessage> _in = Channel.CreateBounded<JsonRpcMessage>(1);
    readonly TaskCompletionSource<JsonRpcMessage> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly Func<JsonObject, Task>? _told;

    /// <param name="told">Hears the parameters of each progress notification, each before the next and all before the answer.</param>
    public OneRequest(JsonRpcRequest request, Func<JsonObject, Task>? told)
    {
        _told = told;
        _in.Writer.TryWrite(request);
    }

    public Task<JsonRpcMessage> Answer => _answer.Task;

    public string? SessionId => null;

    public ChannelReader<JsonRpcMessage> MessageReader => _in.Reader;

    public async Task SendMessageAsync(JsonRpcMessage message, CancellationToken cancellationToken = default)
    {
        switch (message)
        {
            case JsonRpcResponse or JsonRpcError:
                _answer.TrySetResult(message);
                break;
            case JsonRpcNotification { Method: NotificationMethods.ProgressNotification, Params: JsonObject parameters } when _told is not null:
                await _told(parameters);
                break;
        }
    }

    public ValueTask DisposeAsync()
    {
        _in.Writer.TryComplete();
        return default;
    }
}
