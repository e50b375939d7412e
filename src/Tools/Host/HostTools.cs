using System.ComponentModel;
using MeshMcp.Contracts.Changes;
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
    [McpServerTool(Name = "unit_status", Title = "Status of units", ReadOnly = true, Destructive = false, Idempotent = true, OpenWorld = false, UseStructuredContent = true, OutputSchemaType = typeof(ShownUnits))]
    [Description("Shows systemd units of a node: active, enabled, masked, why one failed, its last journal lines, what the state wants and what it was before. Without a name: the units of the state. Not for programs in containers: use list_containers.")]
    [RequiresScope(Scope.Read)]
    public async Task<CallToolResult> StatusAsync(
        RequestContext<CallToolRequestParams> context,
        [Description(Arguments.Node)] string node,
        [Description("A unit with its type, or a pattern, e.g. \"netclient.service\" or \"wg-quick@*\"")] string? name = null,
        CancellationToken ct = default)
    {
        using var client = nodes.Get(node, context.Call().Identity());
        var list = await client.UnitsAsync(name, ct);
        var shown = new ShownUnits(node, list.Trouble, list.Total, list.Units);
        return Answer.Of(shown, ToolJson.Default.ShownUnits, Lines(shown));
    }

    [McpServerTool(Name = "set_unit", Title = "Set a unit", ReadOnly = false, Destructive = true, Idempotent = true, OpenWorld = false, UseStructuredContent = true, OutputSchemaType = typeof(ChangeReport))]
    [Description("Starts or stops, enables or disables, masks or unmasks a systemd unit of a node, and keeps it so; or releases it: it becomes what it was before. What is left out stays as it is. Not to restart. Not for programs in containers.")]
    [RequiresScope(Scope.Operate)]
    public Task<CallToolResult> SetAsync(
        RequestContext<CallToolRequestParams> context,
        [Description(Arguments.Node)] string node,
        [Description("With its type, e.g. \"netclient.service\"")] string unit,
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
        return EditAsync(context, node, release ? new ReleaseUnit(unit) : new SetUnit(unit, enabled, active is { } on ? on ? "active" : "inactive" : null, masked), "systemd", confirmWithin, why, ct);
    }

    [McpServerTool(Name = "install_package", Title = "Install or remove a package", ReadOnly = false, Destructive = true, Idempotent = true, OpenWorld = true, UseStructuredContent = true, OutputSchemaType = typeof(ChangeReport))]
    [Description("Installs a package of the node's distribution from its own sources, keeps it the latest, or removes it; takes minutes. Taking the change back does not remove a package again. Not for programs in containers: those come with their template.")]
    [RequiresScope(Scope.Operate)]
    public Task<CallToolResult> InstallAsync(
        RequestContext<CallToolRequestParams> context,
        [Description(Arguments.Node)] string node,
        [Description("As the distribution calls it, e.g. \"wireguard-tools\"")] string package,
        [Description("\"installed\", \"latest\" or \"removed\", e.g. \"latest\"")] string ensure = "installed",
        [Description(Arguments.ConfirmWithin)] int? confirmWithin = null,
        [Description(Arguments.Why)] string? why = null,
        CancellationToken ct = default)
    {
        Edit edit = ensure switch
        {
            "installed" => new InstallPackage(package),
            "latest" => new InstallPackage(package, Latest: true),
            "removed" => new RemovePackage(package),
            _ => throw new MeshException(new MeshError(ErrorKind.InvalidArgument, $"ensure is {ensure}.", "ensure", "Give one of installed, latest, removed.",
                [new("ensure", "no such value", Nearest: Nearest.To(ensure, ["installed", "latest", "removed"]))])),
        };
        return EditAsync(context, node, edit, "packagekit", confirmWithin, why, ct);
    }

    async Task<CallToolResult> EditAsync(RequestContext<CallToolRequestParams> context, string node, Edit edit, string section, int? confirmWithin, string? why, CancellationToken ct)
    {
        var request = new ChangeRequest { Edits = [edit], ConfirmWithin = confirmWithin, Why = why };
        var report = await new ChangeRun(nodes, context).RunAsync(node, client => client.ApplyAsync(request, ct), ct);
        // What waits or warns elsewhere on the node is not news with every unit.
        Finding[] news = [.. (report.Findings ?? []).Where(f => f.Path.StartsWith(section, StringComparison.Ordinal))];
        return (report with { Findings = news.Length == 0 ? null : news }).ToAnswer();
    }

    static IEnumerable<string> Lines(ShownUnits shown)
    {
        yield return shown.Trouble is { } trouble ? $"systemd does not answer on {shown.Node}: {trouble}" : $"{shown.Units.Count} of {Words.Count(shown.Total, "unit")} on {shown.Node}";
        foreach (var unit in shown.Units)
        {
            yield return unit.Load == "not-found" ? $"{unit.Name}: not there" : $"{unit.Name}: {unit.Active} ({unit.Sub}), {(unit.File.Length == 0 ? "no file" : unit.File)}{(unit.Failure is { } why ? $", {why}" : "")}{Wish(unit)}";
            foreach (var line in unit.Journal) yield return $"  {line}";
        }
    }

    static string Wish(UnitStatus unit) => unit.Wanted is { } wanted ? $"; wanted: {Said(wanted)}{(unit.Before is { } before ? $"; before: {Said(before)}" : "")}" : "";

    static string Said(UnitState state) =>
        string.Join(", ", new[] { state.ActiveState, state.Enabled is { } enabled ? enabled ? "enabled" : "disabled" : null, state.Masked is { } masked ? masked ? "masked" : "not masked" : null }.OfType<string>()) is { Length: > 0 } words ? words : "nothing";
}
