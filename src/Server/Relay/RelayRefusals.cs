using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Logs;
using MeshMcp.Contracts.Nodes;

namespace MeshMcp.Server.Relay;

/// <summary>Tells the host bridge, which has the node's audit, whom the relay turned away: the first time at once, then once a minute how often.</summary>
sealed class RelayRefusals : IAsyncDisposable
{
    const int Waiting = 64;
    const string Others = "others";
    /// <summary>A host bridge that hangs holds up no stop: to tell one takes no longer, and to tell all that waits at the end takes no longer either.</summary>
    static readonly TimeSpan Within = TimeSpan.FromSeconds(2);

    readonly RefusalFold<string> _fold;
    readonly Channel<RelayRefusal> _queue = Channel.CreateBounded<RelayRefusal>(new BoundedChannelOptions(Waiting) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });
    readonly CancellationTokenSource _stop = new();
    readonly string _socket;
    readonly ITimer _timer;
    readonly Task _telling;

    public RelayRefusals(string socket, TimeProvider clock)
    {
        (_socket, _fold) = (socket, new(clock, Others));
        _timer = clock.CreateTimer(_ => TellCounted(all: false), null, RefusalFold<string>.Every, RefusalFold<string>.Every);
        _telling = TellAsync();
    }

    public void Tell(IPAddress address, string reason)
    {
        var whose = PeerAddress.Of(address);
        if (_fold.Admit(whose, "connect", reason, reason)) _queue.Writer.TryWrite(new(whose, reason));
    }

    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync();
        TellCounted(all: true);
        _queue.Writer.Complete();
        _stop.CancelAfter(Within);
        await _telling;
        _stop.Dispose();
    }

    void TellCounted(bool all)
    {
        foreach (var folded in _fold.Due(all)) _queue.Writer.TryWrite(new(folded.Caller, folded.Words, folded.Count));
    }

    async Task TellAsync()
    {
        await foreach (var refusal in _queue.Reader.ReadAllAsync())
            try
            {
                using var late = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
                late.CancelAfter(Within);
                await using var host = await LocalConnection.OpenAsync(_socket, late.Token);
                await host.WriteAsync(RelayPreamble.Of(refusal), late.Token);
            }
            catch (Exception e) when (e is MeshException or IOException or SocketException or OperationCanceledException)
            {
                // Without a host bridge, or with one that hangs, nobody keeps it but the relay's own log, which has it already.
            }
    }
}
