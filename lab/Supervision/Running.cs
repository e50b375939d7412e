using MeshMcp.Contracts.Errors;
using MeshMcp.Lab.Namespaces;

namespace MeshMcp.Lab.Supervision;

/// <summary>The daemons of a lab that is up.</summary>
/// <param name="down">Says that the lab goes down, and every daemon with it.</param>
sealed class Running(Site site, TimeProvider time, CancellationToken down)
{
    readonly List<Task> work = [];
    IReadOnlyList<Supervised> daemons = [];

    public IReadOnlyList<DaemonState> States => [.. daemons.Select(d => d.State)];

    /// <summary>Until all of the stage serve.</summary>
    public async Task StartAsync(IReadOnlyList<Daemon> stage)
    {
        IReadOnlyList<Supervised> started = [.. stage.Select(d => new Supervised(d, LogOf(d), time))];
        daemons = [.. daemons, .. started];
        foreach (var daemon in started)
        {
            daemon.Start();
            lock (work) work.Add(daemon.KeepAsync(down));
        }
        await Task.WhenAll(started.Select(d => d.ReadyAsync()));
    }

    /// <summary>The file that it is going to say everything to; there also for one that says nothing.</summary>
    string LogOf(Daemon daemon)
    {
        var file = site.Log(daemon.Name);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.AppendAllText(file, "");
        return file;
    }

    public Supervised Named(string name) => daemons.FirstOrDefault(d => d.Name == name)
        ?? throw new MeshException(ErrorKind.NotFound, $"The lab has no daemon '{name}'. It has: {string.Join(", ", daemons.Select(d => d.Name))}.", name);

    /// <summary>Ends the daemons of a place for good.</summary>
    public async Task RemoveAsync(Place place)
    {
        var gone = daemons.Where(d => d.Name.StartsWith(place.Name + "/", StringComparison.Ordinal)).ToList();
        await Task.WhenAll(gone.Select(d => d.StopAsync()));
        daemons = [.. daemons.Except(gone)];
    }

    /// <summary>Until every daemon has ended, once the lab goes down.</summary>
    public Task EndedAsync()
    {
        lock (work) return Task.WhenAll(work).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }
}
