using MeshMcp.Contracts.Errors;
using MeshMcp.Lab.Control;
using MeshMcp.Lab.Namespaces;
using MeshMcp.Lab.Topology;

namespace MeshMcp.Lab;

/// <summary>A lab on this machine, whether it is up or not: what <c>meshmcp-lab</c> and the end-to-end tests use.</summary>
/// <param name="bare">Only what <see cref="Lab.Site"/> says of a bare lab.</param>
public sealed class MeshLab(string prefix, bool bare = false)
{
    public const string UsualPrefix = "mm";

    public Site Site { get; } = new(prefix, bare);

    /// <summary>Starts the lab's supervisor and waits until everything runs; a lab that is up, or coming up, is joined.</summary>
    /// <param name="port">The loopback port; null: 9573, or a free one when that is taken.</param>
    /// <param name="owner">The lab goes down by itself when this process ends.</param>
    /// <exception cref="MeshException">Unavailable: it did not come up, with the reason; nothing of it is left.</exception>
    public async Task<LabState> UpAsync(int? port = null, int? owner = null, IProgress<string>? progress = null, CancellationToken ct = default)
    {
        if (await StateAsync(progress, ct) is { } up) return up;
        List<string> words = [Programs.Locate("meshmcp-lab"), "serve", "--prefix", Site.Prefix];
        if (Site.Bare) words.Add("--bare");
        if (port is not null) words.AddRange(["--port", $"{port}"]);
        if (owner is not null) words.AddRange(["--owner", $"{owner}"]);
        using var supervisor = new Command(null, words).Start();
        supervisor.StandardInput.Close();
        var failure = supervisor.StandardError.ReadToEndAsync(ct);
        while (true)
        {
            if (await StateAsync(progress, ct) is { } state) return state;
            if (supervisor.HasExited) throw new MeshException(ErrorKind.Unavailable, (await failure).Trim(), Site.Prefix);
            await Task.Delay(20, ct);
        }
    }

    /// <summary>The lab's state once it is ready; null when it is not up.</summary>
    public Task<LabState?> StateAsync(IProgress<string>? progress = null, CancellationToken ct = default) => Line.AskAsync(Site, "state", progress, ct);

    /// <summary>Takes the lab down, also one whose supervisor was killed. Nothing to do is fine.</summary>
    public async Task DownAsync(CancellationToken ct = default)
    {
        await Line.AskAsync(Site, "down", ct: ct);
        // Held while clearing, so that nobody brings the lab up meanwhile.
        using var line = new Listener(Site);
        await Remains.ClearAsync(Site);
    }

    /// <summary>Ends a daemon (<c>vps/ovs-vswitchd</c>) and keeps it from being started again until <see cref="StartAsync"/>.</summary>
    public Task StopAsync(string daemon, CancellationToken ct = default) => Line.AskAsync(Site, "stop " + daemon, ct: ct);

    public Task StartAsync(string daemon, CancellationToken ct = default) => Line.AskAsync(Site, "start " + daemon, ct: ct);

    /// <summary>Sets up one more node, which joins the mesh by an invitation.</summary>
    /// <exception cref="MeshException">Unavailable: it did not join, with the reason; nothing of it is left.</exception>
    public Task AddNodeAsync(string name, IProgress<string>? progress = null, CancellationToken ct = default) => AskUpAsync($"add {name}", progress, ct);

    /// <summary>Takes a node that was added out of the mesh and away.</summary>
    public Task RemoveNodeAsync(string name, IProgress<string>? progress = null, CancellationToken ct = default) => AskUpAsync($"remove {name}", progress, ct);

    async Task AskUpAsync(string request, IProgress<string>? progress, CancellationToken ct)
    {
        if (await Line.AskAsync(Site, request, progress, ct) is null) throw new MeshException(ErrorKind.Unavailable, $"The lab '{Site.Prefix}' is not up.", hint: "Bring it up first.");
    }

    /// <summary>A program in a place of the lab (<c>vps</c>, <c>user</c>), with our programs on its path.</summary>
    public Command In(string place, params IReadOnlyList<string> words) => new(Site.Place(place), words);

    /// <summary>The file on the machine that a node or container sees as <paramref name="path"/>, below its <c>/run</c> or another private folder.</summary>
    public string FileIn(string place, string path) => Ground.Source(Site.Place(place), path);
}
