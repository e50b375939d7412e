using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Engine;
using MeshMcp.HostBridge.Host;
using MeshMcp.HostBridge.Systems.Packagekit;
using Xunit;

namespace MeshMcp.UnitTests.Packagekit;

/// <summary>The pure part: what is wanted of packages and what they are, in; steps and findings, out.</summary>
public sealed class PackagePlanTests
{
    const string One = "a;1.0;all;local", Two = "a;2.0;all;local";
    static readonly Distribution Debian = new("Debian", true, false), Nixos = new("NixOS", false, true);

    [Theory]
    [InlineData(Ensure.Installed, null, One, "install a 1.0")]
    [InlineData(Ensure.Installed, One, Two, "look after a; it is as wanted")]
    [InlineData(Ensure.Latest, One, Two, "update a from 1.0 to 2.0")]
    [InlineData(Ensure.Latest, Two, null, "look after a; it is as wanted")]
    [InlineData(Ensure.Removed, One, Two, "remove a 1.0")]
    [InlineData(Ensure.Removed, null, Two, "look after a; it is as wanted")]
    public void A_package_gets_one_step(Ensure wanted, string? installed, string? available, string expected)
    {
        var step = Assert.Single(Plan(wanted, new("a", installed, available)));

        Assert.Equal(expected, step.Shown.Summary);
        Assert.Equal(expected.StartsWith("look", StringComparison.Ordinal) ? Effect.Reversible : Effect.Disruptive, step.Shown.Effect);
    }

    [Fact]
    public void Taking_back_installs_again_and_never_removes()
    {
        Assert.Equal("install a again", Assert.Single(Plan(null, new("a", null, One), new(true, Ensure.Removed))).Shown.Summary);
        Assert.Equal("look after a no longer", Assert.Single(Plan(null, new("a", One, null), new(false, Ensure.Installed))).Shown.Summary);
        // No snapshot says "removed", whatever the state says.
        Assert.Null(System(Debian).Ours(Observed(Debian, new("a", null, One), new(true, Ensure.Removed))));
        var installed = Observed(Debian, new("a", One, null), new(true, Ensure.Installed));
        Assert.Empty(System(Debian).Plan(System(Debian).Ours(installed), installed));
    }

    [Fact]
    public void What_no_source_has_what_failed_lately_and_what_is_declared_to_Nix_waits()
    {
        var section = Section(Ensure.Installed);
        var unknown = Observed(Debian, new("a", null, null), null);
        var failed = Observed(Debian, new("a", null, One), null) with { Failed = new Dictionary<string, string> { ["a"] = "no space." } };
        var silent = unknown with { Packages = new Dictionary<string, SeenPackage>(), Trouble = "no bus" };
        var nix = silent with { Trouble = null, Here = Nixos };
        foreach (var (observed, words) in new[] { (unknown, "No source"), (failed, "no space."), (silent, "no bus"), (nix, "environment.systemPackages = [ pkgs.a ];") })
        {
            Assert.Empty(System(observed.Here).Plan(section, observed));
            var finding = Assert.Single(System(observed.Here).Findings(section, observed));
            Assert.Equal("waiting", finding.Kind);
            Assert.Contains(words, finding.Message, StringComparison.Ordinal);
        }
        var refusal = Assert.Throws<MeshException>(() => System(Nixos).Resolve(new InstallPackage("a"), new())).Error;
        Assert.Equal((ErrorKind.NotSupported, "Write in the node's configuration: environment.systemPackages = [ pkgs.a ];"), (refusal.Kind, refusal.Hint));
    }

    [Theory]
    [InlineData("a;b")]
    [InlineData("")]
    [InlineData("-a")]
    [InlineData("a b")]
    public void Names_are_checked(string name) =>
        Assert.Single(System(Debian).Validate(new() { Packagekit = new() { Packages = new Dictionary<string, PackageState> { [name] = new() { Ensure = Ensure.Installed } } } }));

    static PackagekitSystem System(Distribution here) => new(null!, null!, null!, here);

    static PackagekitSection Section(Ensure wanted) => new() { Packages = new Dictionary<string, PackageState> { ["a"] = new() { Ensure = wanted } } };

    static ObservedPackagekit Observed(Distribution here, SeenPackage seen, PackageRecord? record) =>
        new(null, new Dictionary<string, SeenPackage> { ["a"] = seen }, record is null ? new Dictionary<string, PackageRecord>() : new() { ["a"] = record }, new Dictionary<string, string>(), here);

    static IReadOnlyList<Step> Plan(Ensure? wanted, SeenPackage seen, PackageRecord? record = null) =>
        System(Debian).Plan(wanted is { } ensure ? Section(ensure) : null, Observed(Debian, seen, record));
}
