using System.ComponentModel;
using System.Runtime.CompilerServices;
using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.State;
using MeshMcp.Contracts.Trust;
using MeshMcp.Tools.Answers;
using MeshMcp.Tools.Calls;
using MeshMcp.Tools.Changes;
using MeshMcp.Tools.Nodes;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace MeshMcp.Tools.Host;

sealed class HostTools(INodes nodes)
{
    [ModuleInitializer]
    internal static void Register() => Toolset.Register(new("host", 120, nodes =>
    {
        var tools = new HostTools(nodes);
        return [tools.StatusAsync, tools.SetAsync, tools.PackagesAsync, tools.InstallAsync];
    }, OnRequest: "systemd units and packages of a node"));

    [McpServerTool(Name = "unit_status", Title = "Status of units", ReadOnly = true, Destructive = false, Idempotent = true, OpenWorld = false, UseStructuredContent = true, OutputSchemaType = typeof(ShownUnits))]
    [Description("Shows systemd units of a node: active, enabled, masked, why one failed, its last journal lines, what the state wants and what it was before. Without a name: the units of the state. Not for programs in containers: use list_containers.")]
    [RequiresScope(Scope.Read)]
    [Rest("GET", "units")]
    public async Task<CallToolResult> StatusAsync(
        RequestContext<CallToolRequestParams> context,
        [Description(Arguments.Node)] string node,
        [Description("A unit with its type, or a pattern, e.g. netclient.service or wg-quick@*")] string? name = null,
        CancellationToken ct = default)
    {
        using var client = nodes.Get(node, context.Identity());
        var list = await client.UnitsAsync(name, ct);
        var shown = new ShownUnits(node, list.Trouble, list.Total, list.Units);
        return Answer.Of(shown, ToolJson.Default.ShownUnits, [shown.Trouble is { } trouble ? $"systemd does not answer on {node}: {trouble}" : $"{shown.Units.Count} of {Words.Count(shown.Total, "unit")} on {node}"], Lines(shown));
    }

    [McpServerTool(Name = "set_unit", Title = "Set a unit", ReadOnly = false, Destructive = true, Idempotent = true, OpenWorld = false, UseStructuredContent = true, OutputSchemaType = typeof(ChangeReport))]
    [Description("Starts or stops, enables or disables, masks or unmasks a systemd unit of a node, and keeps it so; or releases it: it becomes what it was before. What is left out stays as it is. Not to restart. Not for programs in containers.")]
    [RequiresScope(Scope.Operate)]
    [Rest("PUT", "units/{unit}")]
    public async Task<CallToolResult> SetAsync(
        RequestContext<CallToolRequestParams> context,
        [Description(Arguments.Node)] string node,
        [Description("With its type, e.g. netclient.service")] string unit,
        [Description("Started (true) or stopped (false), e.g. true")] bool? active = null,
        [Description("Started at boot, e.g. true")] bool? enabled = null,
        [Description("Cannot be started by anything, e.g. false")] bool? masked = null,
        [Description("Take it out of the state instead, e.g. true")] bool release = false,
        [Description(Arguments.ConfirmWithin)] int? confirmWithin = null,
        [Description(Arguments.Why)] string? why = null,
        CancellationToken ct = default)
    {
        if (release && (active ?? enabled ?? masked) is not null)
            throw new MeshException(ErrorKind.InvalidArgument, "A unit that is released is not set to anything.", "release", "Give release alone, or leave it out.");
        Edit edit = release ? new ReleaseUnit(unit) : new SetUnit(unit, enabled, active is { } on ? on ? "active" : "inactive" : null, masked);
        return (await new ChangeRun(nodes, context).EditAsync(node, edit, confirmWithin, why, ct)).ToAnswer();
    }

    [McpServerTool(Name = "package_status", Title = "Status of packages", ReadOnly = true, Destructive = false, Idempotent = true, OpenWorld = true, UseStructuredContent = true, OutputSchemaType = typeof(ShownPackages))]
    [Description("Shows packages of a node's distribution: the version installed, one to be had, what the state wants. Without a name: the packages of the state. Not for programs in containers: those come with their template.")]
    [RequiresScope(Scope.Read)]
    [Rest("GET", "packages")]
    public async Task<CallToolResult> PackagesAsync(
        RequestContext<CallToolRequestParams> context,
        [Description(Arguments.Node)] string node,
        [Description("As the distribution calls it, e.g. wireguard-tools")] string? name = null,
        CancellationToken ct = default)
    {
        using var client = nodes.Get(node, context.Identity());
        var list = await client.PackagesAsync(name, ct);
        var shown = new ShownPackages(node, list.Trouble, list.Packages);
        return Answer.Of(shown, ToolJson.Default.ShownPackages, [shown.Trouble is { } trouble ? $"PackageKit does not answer on {node}: {trouble}" : $"{Words.Count(shown.Packages.Count, "package")} on {node}"], Lines(shown));
    }

    [McpServerTool(Name = "install_package", Title = "Install or remove a package", ReadOnly = false, Destructive = true, Idempotent = true, OpenWorld = true, UseStructuredContent = true, OutputSchemaType = typeof(ChangeReport))]
    [Description("Installs a package of the node's distribution from its own sources, keeps it the latest, or removes it, or releases it: it stays as it is, but for one that the state removed. Takes minutes. Taking the change back does not remove a package again. Not for programs in containers: those come with their template.")]
    [RequiresScope(Scope.Operate)]
    [Rest("PUT", "packages/{package}")]
    public async Task<CallToolResult> InstallAsync(
        RequestContext<CallToolRequestParams> context,
        [Description(Arguments.Node)] string node,
        [Description("As the distribution calls it, e.g. wireguard-tools")] string package,
        [Description("installed unless given, e.g. latest")] Ensure? ensure = null,
        [Description("Take it out of the state instead, e.g. true")] bool release = false,
        [Description(Arguments.ConfirmWithin)] int? confirmWithin = null,
        [Description(Arguments.Why)] string? why = null,
        CancellationToken ct = default)
    {
        if (release && ensure is not null)
            throw new MeshException(ErrorKind.InvalidArgument, "A package that is released is not kept as anything.", "release", "Give release alone, or leave it out.");
        Edit edit = release ? new ReleasePackage(package) : ensure == Ensure.Removed ? new RemovePackage(package) : new InstallPackage(package, Latest: ensure == Ensure.Latest);
        return (await new ChangeRun(nodes, context).EditAsync(node, edit, confirmWithin, why, ct)).ToAnswer();
    }

    static IEnumerable<string> Lines(ShownUnits shown)
    {
        foreach (var unit in shown.Units)
        {
            yield return unit.Load == "not-found" ? $"{unit.Name}: not there" : $"{unit.Name}: {unit.Active} ({unit.Sub}), {(unit.File.Length == 0 ? "no file" : unit.File)}{(unit.Failure is { } why ? $", {why}" : "")}{Wish(unit)}";
            foreach (var line in unit.Journal) yield return $"  {line}";
        }
    }

    static IEnumerable<string> Lines(ShownPackages shown)
    {
        foreach (var package in shown.Packages)
            yield return $"{package.Name}: {package.Installed ?? "not installed"}{(package.Available is { } other ? $", {other} to be had" : "")}{(package.Wanted is { } wanted ? $"; wanted: {wanted.ToString().ToLowerInvariant()}" : "")}";
    }

    static string Wish(UnitStatus unit) => unit.Wanted is { } wanted ? $"; wanted: {wanted.Describe()}{(unit.Before is { } before ? $"; before: {before.Describe()}" : "")}" : "";
}
