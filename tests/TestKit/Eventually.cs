using System.Diagnostics;

namespace MeshMcp.TestKit;

/// <summary>Waits until something is true: the bound is a deadline that users are promised or a generous "it hangs", never a pause.</summary>
public static class Eventually
{
    static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(20);

    /// <summary>Fails with <paramref name="what"/> when <paramref name="condition"/> is not true within <paramref name="within"/>; an exception counts as "not yet".</summary>
    public static async Task True(Func<Task<bool>> condition, TimeSpan within, string what, CancellationToken ct = default)
    {
        var clock = Stopwatch.StartNew();
        Exception? last = null;
        while (true)
        {
            try
            {
                if (await condition()) return;
                last = null;
            }
            catch (Exception e) when (e is not OperationCanceledException || !ct.IsCancellationRequested)
            {
                last = e;
            }
            if (clock.Elapsed > within) Xunit.Assert.Fail($"Not within {within.TotalSeconds:0.#} s: {what}{(last is null ? "" : $" ({last.Message})")}");
            await Task.Delay(Poll, ct);
        }
    }

    public static Task True(Func<bool> condition, TimeSpan within, string what, CancellationToken ct = default) =>
        True(() => Task.FromResult(condition()), within, what, ct);
}
