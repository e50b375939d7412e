using System.Runtime.CompilerServices;
using System.Threading.Channels;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Nodes;

namespace MeshMcp.HostBridge.Engine;

/// <summary>Tells whoever listens what happens on the node. A listener that does not keep up loses the oldest lines, never holds up the node.</summary>
public sealed class NodeEvents(TimeProvider time)
{
    const int Backlog = 256;

    readonly Lock _gate = new();
    /// <summary>The oldest first, without what each step of a change said.</summary>
    readonly Queue<NodeEvent> _recent = new();
    long _number;
    readonly List<Channel<NodeEvent>> _listeners = [];

    public void Publish(string kind, string message, int? generation = null) => Publish(new NodeEvent(time.GetUtcNow(), kind, message, generation));

    public void Publish(int generation, ApplyEvent apply) => Publish(new NodeEvent(time.GetUtcNow(), "apply", Describe(apply), generation, apply));

    /// <summary>The last ones since the agent started, newest first.</summary>
    /// <param name="before">Only those with a lower number.</param>
    public IReadOnlyList<NodeEvent> Recent(int limit, long? before)
    {
        lock (_gate) return [.. _recent.Reverse().Where(e => before is null || e.Number < before).Take(limit)];
    }

    public async IAsyncEnumerable<NodeEvent> ListenAsync([EnumeratorCancellation] CancellationToken ct)
    {
        var channel = Channel.CreateBounded<NodeEvent>(new BoundedChannelOptions(Backlog) { FullMode = BoundedChannelFullMode.DropOldest });
        lock (_gate) _listeners.Add(channel);
        try
        {
            await foreach (var what in channel.Reader.ReadAllAsync(ct)) yield return what;
        }
        finally
        {
            lock (_gate) _listeners.Remove(channel);
        }
    }

    void Publish(NodeEvent what)
    {
        lock (_gate)
        {
            what = what with { Number = ++_number };
            _recent.Enqueue(what with { Apply = null });
            if (_recent.Count > Backlog) _recent.Dequeue();
            foreach (var listener in _listeners) listener.Writer.TryWrite(what);
        }
    }

    static string Describe(ApplyEvent what) => what switch
    {
        ApplyEvent.Planned p => $"{p.Plan.Steps.Count} step(s) planned",
        ApplyEvent.StepStarted s => $"step {s.Index + 1} of {s.Count}: {s.Step.Summary}",
        ApplyEvent.StepProgress s => $"step {s.Index + 1}: {s.Message}",
        ApplyEvent.StepDone s => $"step {s.Index + 1} done",
        ApplyEvent.Verifying v => $"verifying, attempt {v.Attempt}",
        ApplyEvent.RollingBack r => $"rolling back: {r.Cause.Message}",
        ApplyEvent.Finished f => f.Error is null ? $"finished: {f.Generation?.Status}" : $"failed: {f.Error.Message}",
        _ => "",
    };
}
