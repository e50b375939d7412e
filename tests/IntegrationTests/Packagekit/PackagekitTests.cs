using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.State;
using MeshMcp.TestKit;
using Xunit;

namespace MeshMcp.IntegrationTests.Packagekit;

/// <summary>Packages of our own making, installed and removed by a real PackageKit, through the whole agent, without a network.</summary>
public sealed class PackagekitTests
{
    static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Packages_are_installed_updated_and_removed_and_taking_a_change_back_removes_none()
    {
        await using var node = await BootedNode.StartAsync();
        await node.Machine.Packages.AddAsync("meshprobe", "1.0");
        await RefreshAsync(node);

        // Installed, with progress; one that no source has waits.
        var done = await node.ApplyAsync("""{ "packagekit": { "packages": { "meshprobe": { "ensure": "installed" }, "no-such-package": { "ensure": "installed" } } } }""");
        Assert.Null(End(done).Error);
        Assert.Equal("install meshprobe 1.0", Assert.Single(Plan(done).Steps).Summary);
        Assert.Contains(done.OfType<ApplyEvent.StepProgress>(), p => p.Message.StartsWith("install meshprobe: ", StringComparison.Ordinal));
        Assert.Contains(Plan(done).Findings, f => f is { Kind: "waiting", Path: "packagekit.packages.no-such-package" });
        Assert.Equal("1.0", await VersionAsync(node));
        Assert.Empty((await node.Client.PlanAsync(new() { Edits = [new InstallPackage("meshprobe")] }, default)).Steps);

        // The latest is another.
        await node.Machine.Packages.AddAsync("meshprobe", "2.0");
        await RefreshAsync(node);
        Assert.Empty((await node.Client.PlanAsync(new() { Edits = [new InstallPackage("meshprobe")] }, default)).Steps);
        var updated = await node.EditAsync(new InstallPackage("meshprobe", Latest: true));
        Assert.Equal("update meshprobe from 1.0 to 2.0", Assert.Single(Plan(updated).Steps).Summary);
        Assert.Equal("2.0", await VersionAsync(node));

        // Removed, and installed again when that is taken back.
        await node.ApplyAsync(new ChangeRequest { Edits = [new RemovePackage("meshprobe")], ConfirmWithin = 60 });
        Assert.Null(await VersionAsync(node));
        await node.RollbackAsync();
        Assert.Equal("2.0", await VersionAsync(node));

        // What somebody else removes comes back.
        await node.Machine.ExecAsync("dpkg", "--remove", "meshprobe");
        await Eventually.True(async () => await VersionAsync(node) == "2.0", Soon + Soon, "healing installs it");

        // Released, it stays as it is, and somebody else may remove it; what the state does not name is no thing to release.
        Assert.Equal("look after meshprobe no longer", Assert.Single(Plan(await node.EditAsync(new ReleasePackage("meshprobe"))).Steps).Summary);
        Assert.Equal("2.0", await VersionAsync(node));
        var nothing = await Assert.ThrowsAsync<MeshException>(() => node.EditAsync(new ReleasePackage("meshprobe")));
        Assert.Equal(ErrorKind.NotFound, nothing.Error.Kind);

        // Installed by a change that is taken back: it stays.
        await node.Machine.Packages.AddAsync("meshother", "1.0");
        await RefreshAsync(node);
        await node.ApplyAsync(new ChangeRequest { Edits = [new InstallPackage("meshother")], ConfirmWithin = 60 });
        await node.RollbackAsync();
        Assert.Equal("1.0", (await node.Client.PackagesAsync("meshother", default)).Packages.Single().Installed);
    }

    [Fact]
    public async Task What_others_need_is_not_removed_with_a_package_and_without_PackageKit_items_wait()
    {
        await using var node = await BootedNode.StartAsync();
        await node.Machine.Packages.AddAsync("meshprobe", "1.0");
        await node.Machine.Packages.AddAsync("meshuser", "1.0", depends: "meshprobe");
        await RefreshAsync(node);
        Assert.Null(End(await node.EditAsync(new InstallPackage("meshuser"))).Error);

        var refused = End(await node.EditAsync(new RemovePackage("meshprobe")));
        Assert.Equal((GenerationStatus.RolledBack, ErrorKind.Conflict), (refused.Generation!.Status, refused.Error!.Kind));
        Assert.Contains("meshprobe is needed by meshuser", refused.Error.Message, StringComparison.Ordinal);
        Assert.Equal("1.0", await VersionAsync(node));

        await node.Machine.ExecAsync("systemctl", "mask", "--runtime", "--now", "packagekit.service");
        await node.KillAgentAsync();
        await node.StartAgentAsync();
        var waits = await node.EditAsync(new InstallPackage("meshlater"));
        Assert.Null(End(waits).Error);
        Assert.Contains(Plan(waits).Findings, f => f is { Kind: "waiting", Path: "packagekit.packages.meshlater" } && f.Message.StartsWith("PackageKit does not answer", StringComparison.Ordinal));

        var refusal = await Assert.ThrowsAsync<MeshException>(() => node.EditAsync(new InstallPackage("a;b")));
        Assert.Contains("is no name of a package", refusal.Message, StringComparison.Ordinal);
    }

    static Plan Plan(IReadOnlyList<ApplyEvent> events) => events.OfType<ApplyEvent.Planned>().Single().Plan;

    static ApplyEvent.Finished End(IReadOnlyList<ApplyEvent> events) => (ApplyEvent.Finished)events[^1];

    static Task<string> RefreshAsync(BootedNode node) => node.Machine.ExecAsync("pkcon", "--plain", "--noninteractive", "refresh", "force");

    static async Task<string?> VersionAsync(BootedNode node) => File.Exists($"{node.Machine.Root}/usr/share/meshprobe/version") ? (await node.Machine.ExecAsync("cat", "/usr/share/meshprobe/version")).Trim() : null;
}
