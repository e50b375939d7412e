using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Trust;
using MeshMcp.Lab.Namespaces;
using MeshMcp.Lab.Topology;

namespace MeshMcp.Lab.Supervision;

/// <summary>Nodes that come and go while the lab is up: bare hosts on cables of their own, which join the mesh by an invitation, as an operator lets them.</summary>
sealed class AddedNodes(Site site, Running running)
{
    const string Network = "privacy-mesh";
    const int Most = 50;
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(30), Poll = TimeSpan.FromMilliseconds(200);

    readonly Dictionary<string, int> numbers = [];
    int busy;

    Place Server => site.Place(Map.Server);

    /// <exception cref="MeshException">Nothing of the node is left.</exception>
    public async Task AddAsync(string name, IProgress<string> progress, CancellationToken ct)
    {
        MeshName.Checked(name);
        if (site.Bare) throw new MeshException(ErrorKind.NotSupported, "A bare lab has no mesh to join.", name);
        Begin();
        try
        {
            if (site.Places.Any(p => p.Name == name)) throw new MeshException(ErrorKind.Conflict, $"The lab has a place '{name}' already.", name);
            if (numbers.Count == Most) throw new MeshException(ErrorKind.Conflict, $"{Most} nodes are added already.", name, "Remove one first.");
            var number = Enumerable.Range(1, Most).Except(numbers.Values).First();
            numbers[name] = number;
            try
            {
                await JoinAsync(site.NewNode(name), number, progress, ct);
            }
            catch (Exception)
            {
                await ClearAsync(site.NewNode(name), ct);
                throw;
            }
        }
        finally
        {
            busy = 0;
        }
    }

    public async Task RemoveAsync(string name, IProgress<string> progress, CancellationToken ct)
    {
        Begin();
        try
        {
            if (!numbers.ContainsKey(name))
                throw new MeshException(ErrorKind.NotFound, $"'{name}' is no node that was added. Those are: {(numbers.Count == 0 ? "none" : string.Join(", ", numbers.Keys))}.", name);
            progress.Report($"{name} leaves the mesh");
            await ClearAsync(site.Place(name), ct);
        }
        finally
        {
            busy = 0;
        }
    }

    void Begin()
    {
        if (Interlocked.Exchange(ref busy, 1) == 1) throw new MeshException(ErrorKind.Conflict, "Another node is coming or going.", hint: "Try again when it has.");
    }

    async Task JoinAsync(Place place, int number, IProgress<string> progress, CancellationToken ct)
    {
        progress.Report($"{place.Name}: a bare host");
        var (cable, gateway, bridge) = Map.Added(place.Name, number);
        await Ground.AddAsync(site, place, cable, gateway, ct);
        // The authority that vouches for the Netmaker server, as every host's system has it.
        File.Copy(Ground.Source(Server, "/etc/ssl/certs/netmaker.crt"), Ground.Source(place, "/etc/ssl/certs/netmaker.crt"));
        foreach (var stage in Daemons.OfAdded(place)) await running.StartAsync(stage);
        await MeshctlAsync(place, ["template", "build", "busybox", "busybox"], null, ct);
        progress.Report($"{place.Name}: its state");
        // The example is of the first; each further node has a network of its own.
        var state = (await File.ReadAllTextAsync($"{Programs.Examples}/edge1.json", ct)).Replace("10.2.0.", bridge[..^1], StringComparison.Ordinal);
        await MeshctlAsync(place, ["apply", "-", "--why", "the lab's example state"], state, ct);
        progress.Report($"{place.Name}: joins by an invitation of {Map.Server}");
        var invitation = await MeshctlAsync(Server, ["node", "invite", place.Name], null, ct);
        await MeshctlAsync(place, ["node", "join", "-", "--scope", "admin"], invitation, ct);
        await running.Named($"{place.Name}/hostbridge").RestartAsync(ct);
        await running.StartAsync([Daemons.Relay(place)]);
        await MeshctlAsync(Server, ["netmaker", "egress", "add", place.Name, $"{bridge[..^1]}0/24"], null, ct);
    }

    /// <summary>What an operator would undo, as far as there is something to undo; then the place itself.</summary>
    async Task ClearAsync(Place place, CancellationToken ct)
    {
        if (Directory.Exists(place.Folder))
        {
            await LeaveAsync(place, ct);
            await new Command(Server, ["meshctl", "node", "forget", place.Name]).RunAsync(ct: ct);
            await running.RemoveAsync(place);
            await Ground.CutAsync(site, Map.Added(place.Name, numbers[place.Name]).Cable, ct);
            await Remains.ClearAsync(place);
        }
        numbers.Remove(place.Name);
    }

    /// <summary>Until the server has no address for it any more: what is removed before that stays in its list for good.</summary>
    async Task LeaveAsync(Place place, CancellationToken ct)
    {
        if ((await new Command(place, ["meshctl", "netmaker", "leave", Network]).RunAsync(ct: ct)).ExitCode != 0) return;
        await MeshctlAsync(place, ["confirm"], null, ct);
        using var late = CancellationTokenSource.CreateLinkedTokenSource(ct);
        late.CancelAfter(Patience);
        while ((await MeshctlAsync(Server, ["netmaker", "hosts", "--json"], null, late.Token)).Contains($"10.{1 + numbers[place.Name]}.0.0/24", StringComparison.Ordinal))
            await Task.Delay(Poll, late.Token);
    }

    static Task<string> MeshctlAsync(Place node, IReadOnlyList<string> words, string? input, CancellationToken ct) =>
        new Command(node, ["meshctl", .. words]).TextAsync(input, ct);
}
