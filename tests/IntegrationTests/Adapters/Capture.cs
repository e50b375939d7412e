using System.Diagnostics;
using MeshMcp.Lab;
using MeshMcp.TestKit;

namespace MeshMcp.IntegrationTests.Adapters;

/// <summary>A real capture on the uplink of a node or the user. It ends with a packet of its own, so that whatever came before has been seen.</summary>
sealed class Capture : IAsyncDisposable
{
    const string Marker = "203.0.113.77";

    readonly MeshLab _lab;
    readonly string _node;
    readonly Process _tcpdump;
    readonly List<string> _seen = [];

    Capture(MeshLab lab, string node, Process tcpdump) => (_lab, _node, _tcpdump) = (lab, node, tcpdump);

    /// <param name="filter">In tcpdump's language.</param>
    public static async Task<Capture> StartAsync(MeshLab lab, string node, string filter)
    {
        var tcpdump = lab.In(node, "tcpdump", "-l", "-n", "-i", "eth0", $"({filter}) or host {Marker}").Start();
        var capture = new Capture(lab, node, tcpdump);
        var listening = new TaskCompletionSource();
        tcpdump.ErrorDataReceived += (_, line) =>
        {
            if (line.Data?.Contains("listening on", StringComparison.Ordinal) == true) listening.TrySetResult();
        };
        tcpdump.OutputDataReceived += (_, line) =>
        {
            if (line.Data is { } text) lock (capture._seen) capture._seen.Add(text);
        };
        tcpdump.BeginErrorReadLine();
        tcpdump.BeginOutputReadLine();
        await listening.Task.WaitAsync(TwoNodes.Hangs);
        return capture;
    }

    /// <summary>Everything that matched until now.</summary>
    public async Task<IReadOnlyList<string>> EndAsync()
    {
        await _lab.In(_node, "ping", "-c1", "-W1", "-I", "eth0", Marker).RunAsync();
        await Eventually.True(() => Seen().Any(IsMarker), TwoNodes.Hangs, "the capture sees the node's own packet");
        return [.. Seen().Where(line => !IsMarker(line))];
    }

    public async ValueTask DisposeAsync()
    {
        if (!_tcpdump.HasExited) _tcpdump.Kill();
        await _tcpdump.WaitForExitAsync();
        _tcpdump.Dispose();
    }

    static bool IsMarker(string line) => line.Contains(Marker, StringComparison.Ordinal);

    List<string> Seen()
    {
        lock (_seen) return [.. _seen];
    }
}
