using System.Collections.Concurrent;

namespace MeshMcp.HostBridge.Host;

/// <summary>
/// One thread that starts all programs, and never ends: Linux delivers a child's parent-death signal when the <em>thread</em> that started it ends, and pool threads come and go.
/// What it starts begins clean (<see cref="CleanStart"/>).
/// </summary>
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
                CleanStart.Prepare();
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
            CleanStart.TakeThread();
            foreach (var action in queue.GetConsumingEnumerable()) action();
        })
        { IsBackground = true, Name = "process starter" }.Start();
        return queue;
    }
}
