using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Engine;
using MeshMcp.HostBridge.Host;
using MeshMcp.HostBridge.Store;

namespace MeshMcp.HostBridge.Systems.Packagekit;

/// <summary>
/// The section <c>packagekit</c>: packages that are to be installed, the latest, or removed. Taking a change back installs again what it removed, and removes nothing.
/// Without PackageKit, and for packages that no source has, items wait.
/// </summary>
public sealed class PackagekitSystem(PackageTransactions transactions, PackageMemory memory, Ledger<PackageRecord> ledger, Distribution here) : HostSystem<PackagekitSection, ObservedPackagekit>
{
    public override string Name => "packagekit";

    public override IReadOnlyList<string> Carries => [ISystem.Every];

    public override NodeState? Released(NodeState desired) => null;

    public override async Task<ObservedPackagekit> ObserveAsync(NodeState desired, CancellationToken ct)
    {
        var records = ledger.Read();
        var (trouble, packages) = here.IsNixos ? (null, new Dictionary<string, SeenPackage>()) : await memory.ReadAsync([.. (desired.Packagekit?.Packages.Keys ?? []).Union(records.Keys)], ct);
        return new(trouble, packages, records, memory.Failed(), here);
    }

    /// <summary>Only what is installed: nothing that is planned towards a snapshot may remove a package.</summary>
    public override PackagekitSection? Ours(ObservedPackagekit observed)
    {
        var installed = observed.Ledger.Where(r => observed.Packages.GetValueOrDefault(r.Key) is { } package ? package.Installed is not null : r.Value.Wanted != Ensure.Removed)
            .ToDictionary(r => r.Key, _ => new PackageState { Ensure = Ensure.Installed });
        return installed.Count == 0 ? null : new() { Packages = installed };
    }

    public override IEnumerable<Problem> Validate(NodeState desired) =>
        from name in desired.Packagekit?.Packages.Keys ?? []
        where !PackageNames.IsValid(name)
        select new Problem($"packagekit.packages.{name}", $"\"{name}\" is no name of a package: letters, digits and + . _ - are possible.");

    public override Edit Resolve(Edit edit, NodeState state)
    {
        if (edit is ReleasePackage release && state.Packagekit?.Packages.ContainsKey(release.Package) != true)
            throw new MeshException(new MeshError(ErrorKind.NotFound, $"The state says nothing of {release.Package}.", "package", "package_status shows the packages that it names.",
                [new("package", "No such package.", Nearest: Nearest.To(release.Package, state.Packagekit?.Packages.Keys ?? []))]));
        var name = edit switch { InstallPackage install => install.Package, RemovePackage remove => remove.Package, _ => null };
        if (name is null) return edit;
        if (here.IsNixos)
            throw new MeshException(ErrorKind.NotSupported, "On NixOS packages are declared to Nix, not installed or removed at run time.", $"packagekit.packages.{name}",
                edit is InstallPackage ? PackageNames.NixLine(name) : $"Take pkgs.{name} out of environment.systemPackages in the node's configuration.");
        memory.TryAgain(name);
        return edit;
    }

    public override IReadOnlyList<Step> Plan(PackagekitSection? desired, ObservedPackagekit observed)
    {
        var steps = new List<Step>();
        foreach (var (name, record) in observed.Ledger)
            if (desired?.Packages.ContainsKey(name) != true)
                steps.Add(Release(name, record, observed));
        foreach (var (name, wanted) in desired?.Packages ?? new Dictionary<string, PackageState>())
            if (observed.Packages.GetValueOrDefault(name) is { } package && !observed.Failed.ContainsKey(name) && !PackagekitFindings.Waits(wanted.Ensure, package))
                steps.AddRange(Change(package, wanted.Ensure, observed.Ledger.GetValueOrDefault(name)));
        return steps;
    }

    public override IReadOnlyList<Step> Later(PackagekitSection? desired, ObservedPackagekit observed) => observed.Trouble is null ? [] :
    [
        .. from wanted in desired?.Packages ?? new Dictionary<string, PackageState>()
           where wanted.Value.Ensure == Ensure.Removed
           select Step.Waiting(Name, ItemOf(wanted.Key), $"remove {wanted.Key} once PackageKit answers", new Touch.Package(wanted.Key, Removed: true)),
    ];

    public override IReadOnlyList<Finding> Findings(PackagekitSection? desired, ObservedPackagekit observed) => [.. PackagekitFindings.Of(desired, observed)];

    protected override PackagekitSection? Section(NodeState state) => state.Packagekit;

    protected override NodeState With(NodeState state, PackagekitSection? section) => state with { Packagekit = section };

    IEnumerable<Step> Change(SeenPackage package, Ensure wanted, PackageRecord? record)
    {
        var now = new PackageRecord(record?.WasInstalled ?? package.Installed is not null, wanted);
        void Note() => ledger.Note(package.Name, now);
        if (wanted == Ensure.Removed && package.Installed is { } installed)
            yield return Long(new(package.Name, Removed: true), $"remove {package.Name} {SeenPackage.VersionOf(installed)}", Effect.Disruptive, Note, (report, ct) => transactions.RemoveAsync(package, report, ct));
        else if (wanted != Ensure.Removed && package.Available is { } available && (package.Installed is null || wanted == Ensure.Latest))
            yield return Long(new(package.Name, Replaced: package.Installed is not null), package.Installed is null ? $"install {package.Name} {SeenPackage.VersionOf(available)}" : $"update {package.Name} from {SeenPackage.VersionOf(package.Installed)} to {SeenPackage.VersionOf(available)}",
                Effect.Disruptive, Note, (report, ct) => transactions.InstallAsync(package, report, ct), "it stays installed when the change is taken back");
        else if (record != now)
            yield return Short(package.Name, $"look after {package.Name}; it is as wanted", Note);
    }

    Step Release(string name, PackageRecord record, ObservedPackagekit observed)
    {
        if (!record.WasInstalled) return Short(name, $"look after {name} no longer", () => ledger.Note(name, null));
        if (observed.Trouble is { } trouble && record.Wanted == Ensure.Removed)
            throw new MeshException(ErrorKind.Unavailable, $"{name} is to be installed again, but PackageKit does not answer: {trouble}", $"packagekit.packages.{name}", "Is packagekit installed? (systemctl status packagekit)");
        return observed.Packages.GetValueOrDefault(name) is { Installed: null, Available: not null } package
            ? Long(new(name), $"install {name} again", Effect.Disruptive, () => { }, async (report, ct) =>
            {
                await transactions.InstallAsync(package, report, ct);
                ledger.Note(name, null);
            })
            : Short(name, $"look after {name} no longer", () => ledger.Note(name, null));
    }

    Step Short(string package, string summary, Action run) => new(new(Name, $"package {package}", summary), _ =>
    {
        run();
        return Task.CompletedTask;
    })
    { Item = ItemOf(package) };

    static string ItemOf(string package) => $"packagekit.packages[{package}]";

    Step Long(Touch.Package touch, string summary, Effect effect, Action note, Func<Action<string>, CancellationToken, Task> work, params IReadOnlyList<string> details)
    {
        var name = touch.Name;
        async Task RunAsync(Action<string> report, CancellationToken ct)
        {
            note();
            try
            {
                await work(report, ct);
            }
            finally
            {
                memory.Forget();
            }
        }
        // By itself, in healing, a package that cannot be had is not tried again and again.
        return new(new(Name, $"package {name}", summary, effect, Details: details.Count == 0 ? null : details), async ct =>
        {
            try
            {
                await RunAsync(_ => { }, ct);
            }
            catch (MeshException e)
            {
                memory.Note(name, e.Message);
                throw;
            }
        })
        { Reporting = RunAsync, Touches = [touch], Item = ItemOf(name) };
    }
}
