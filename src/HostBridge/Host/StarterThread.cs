using System.Collections.Concurrent;

namespace MeshMcp.HostBridge.Host;

/// <summary>One thread that never ends: Linux delivers a child's parent-death signal when the <em>thread</em> that started it ends, and pool threads come and go.</summary>
static class StarterThread
{
    static readonly BlockingCollection<Action> Queue = Begin();

    public static Task<T> RunAsync<T>(Func<T> start)
    {
        var result = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Queue.Add(() =>
        {
            try
            {
                result.SetResult(start());
            }
            catch (Exception e)
            {
                result.SetException(e);
            }
        });
        return result.Task;
    }

    static BlockingCollection<Action> Begin()
    {
        var queue = new BlockingCollection<Action>();
        new Thread(() =>
        {
            foreach (var action in queue.GetConsumingEnumerable()) action();
        })
        { IsBackground = true, Name = "process starter" }.Start();
        return queue;
    }
}
