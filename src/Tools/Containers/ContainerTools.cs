using System.ComponentModel;
using System.Runtime.CompilerServices;
using System.Text.Json;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.State;
using MeshMcp.Contracts.Trust;
using MeshMcp.Tools.Answers;
using MeshMcp.Tools.Calls;
using MeshMcp.Tools.Changes;
using MeshMcp.Tools.Nodes;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace MeshMcp.Tools.Containers;

sealed class ContainerTools(INodes nodes)
{
    const int MaxShown = 100, MaxLines = 50;
    const string Id = "Id or name from list_containers, e.g. 105";

    [ModuleInitializer]
    internal static void Register() => Toolset.Register(new("containers", 40, nodes =>
    {
        var tools = new ContainerTools(nodes);
        return [tools.ListAsync, tools.CreateAsync, tools.UpdateAsync, tools.SetStateAsync, tools.DeleteAsync, tools.ExecAsync];
    }));

    [McpServerTool(Name = "list_containers", Title = "List containers", ReadOnly = true, Destructive = false, Idempotent = true, OpenWorld = false, UseStructuredContent = true, OutputSchemaType = typeof(ShownContainers))]
    [Description("Lists a node's containers, ours and others': state, address, services, traffic, what a waiting one lacks, log lines if asked; also the trash and the templates. Not for settings: use get_state.")]
    [RequiresScope(Scope.Read)]
    [Rest("GET", "containers")]
    public async Task<CallToolResult> ListAsync(
        RequestContext<CallToolRequestParams> context,
        [Description(Arguments.Node)] string node,
        [Description("Only this id or name, e.g. 105")] string? id = null,
        [Description("Log lines of each service (0-50), e.g. 20")] int lines = 0,
        CancellationToken ct = default)
    {
        Arguments.Within(lines, 0, MaxLines, "lines");
        using var client = nodes.Get(node, context.Identity());
        var all = await client.ContainersAsync(lines, ct);
        // Those that share a name are all shown: that is how they are told apart.
        var byId = all.Containers.Any(c => c.Id == id) || all.Trash.Any(t => t.Id == id);
        var found = all.Containers.Where(c => id is null || (byId ? c.Id : c.Name) == id).Take(MaxShown).ToList();
        var shown = new ShownContainers(node, all.Containers.Count, found, [.. all.Trash.Where(t => id is null || (byId ? t.Id : t.Name) == id)], [.. (await client.TemplatesAsync(ct)).Templates.Select(t => t.Name)]);
        return Answer.Of(shown, ToolJson.Default.ShownContainers, Sentences(shown), Lines(shown));
    }

    [McpServerTool(Name = "create_container", Title = "Create a container", ReadOnly = false, Destructive = false, Idempotent = false, OpenWorld = false, UseStructuredContent = true, OutputSchemaType = typeof(ChangeReport))]
    [Description("Creates a container from a template and starts it; where no flow carries its traffic the answer has ready add_flow calls. Not to change one: use update_container.")]
    [RequiresScope(Scope.Operate)]
    [Rest("POST", "containers")]
    public Task<CallToolResult> CreateAsync(
        RequestContext<CallToolRequestParams> context,
        [Description(Arguments.Node)] string node,
        [Description("From templates of list_containers, e.g. debian-12")] string template,
        [Description("Host name, e.g. web")] string? name = null,
        [Description("1-59999, e.g. 105; else a free one")] string? id = null,
        [Description("In the bridge's network, e.g. 10.0.0.105/24; else a free one")] string? address = null,
        [Description("On the host, at most 15 characters, e.g. veth105")] string? veth = null,
        [Description("Its ports, each with the program that is kept running, if any, e.g. [{\"name\":\"http\",\"port\":80,\"command\":[\"httpd\",\"-f\"]}]")] IReadOnlyList<ServiceArgument>? services = null,
        [Description("Files written before each start, e.g. [{\"path\":\"/etc/motd\",\"content\":\"hello\"}]")] IReadOnlyList<FileArgument>? files = null,
        [Description("e.g. {\"memory\":\"256M\",\"disk\":\"2G\"}")] JsonElement? limits = null,
        [Description("With its files from the trash, e.g. true")] bool? restore = null,
        [Description(Arguments.ConfirmWithin)] int? confirmWithin = null,
        [Description(Arguments.Why)] string? why = null,
        CancellationToken ct = default) =>
        EditAsync(context, node, new CreateContainer(new()
        {
            Id = id ?? "",
            Veth = veth ?? "",
            Properties = new()
            {
                Name = name,
                Ipv4Address = address,
                Template = template,
                Services = [.. (services ?? []).Select(s => s.ToService())],
                Files = [.. (files ?? []).Select(f => f.ToFile())],
                Limits = limits is { ValueKind: not JsonValueKind.Null } given ? StateReader.Read(given, MeshJson.Default.ContainerLimits, "limits") : null,
            },
        }, restore), confirmWithin, why, ct);

    [McpServerTool(Name = "update_container", Title = "Change a container", ReadOnly = false, Destructive = true, Idempotent = true, OpenWorld = false, UseStructuredContent = true, OutputSchemaType = typeof(ChangeReport))]
    [Description("Changes settings of a container, and restarts it where they need that; what is not given stays. Not to start or stop it: use set_container_state.")]
    [RequiresScope(Scope.Operate)]
    [Rest("PUT", "containers/{id}", Body = "settings")]
    public Task<CallToolResult> UpdateAsync(
        RequestContext<CallToolRequestParams> context,
        [Description(Arguments.Node)] string node,
        [Description(Id)] string id,
        [Description("name, address, dns, limits, services, files, e.g. {\"limits\":{\"memory\":\"256M\"}}")] JsonElement settings,
        [Description(Arguments.ConfirmWithin)] int? confirmWithin = null,
        [Description(Arguments.Why)] string? why = null,
        CancellationToken ct = default) =>
        EditAsync(context, node, new UpdateContainer(id, StateReader.Read(settings, MeshJson.Default.ContainerChange, "settings")), confirmWithin, why, ct);

    [McpServerTool(Name = "set_container_state", Title = "Start or stop a container", ReadOnly = false, Destructive = true, Idempotent = false, OpenWorld = false, UseStructuredContent = true, OutputSchemaType = typeof(ChangeReport))]
    [Description("Starts, stops or restarts a container; running and stopped are kept over reboots. Not to delete it: use delete_container.")]
    [RequiresScope(Scope.Operate)]
    [Rest("PUT", "containers/{id}/state")]
    public async Task<CallToolResult> SetStateAsync(
        RequestContext<CallToolRequestParams> context,
        [Description(Arguments.Node)] string node,
        [Description(Id)] string id,
        [Description("e.g. stopped")] ContainerState state,
        [Description(Arguments.ConfirmWithin)] int? confirmWithin = null,
        [Description(Arguments.Why)] string? why = null,
        CancellationToken ct = default)
    {
        if (state != ContainerState.Restarted) return await EditAsync(context, node, new SetContainerRunning(id, state == ContainerState.Running), confirmWithin, why, ct);
        using var client = nodes.Get(node, context.Identity());
        if (DryRun.IsAsked(context))
        {
            var called = CalledContainer.Find(id, (await client.ContainersAsync(0, ct)).Containers, c => c.Id, c => c.Ours ? c.Name : null, "id")?.Id ?? id;
            return new ChangeReport(node, false, ChangeOutcome.Planned, [new("lxc", $"container {called}", $"restart container {called}", Effect.Disruptive)]).ToAnswer();
        }
        var done = await client.RestartContainerAsync(id, why, ct);
        var summary = done.Later ? $"container {done.Id} is restarted after this answer, which came through it; see list_containers" : $"restart container {done.Id}";
        if (done.Later) return Answer.Of(new ChangeReport(node, true, ChangeOutcome.Waits, []) { Waits = [summary] }, ToolJson.Default.ChangeReport, [$"WAITS: {summary}"], []);
        return new ChangeReport(node, true, ChangeOutcome.Done, [new("lxc", $"container {done.Id}", summary, Effect.Disruptive)], Verified: true).ToAnswer();
    }

    [McpServerTool(Name = "delete_container", Title = "Delete a container", ReadOnly = false, Destructive = true, Idempotent = false, OpenWorld = false, UseStructuredContent = true, OutputSchemaType = typeof(ChangeReport))]
    [Description("Takes a container off the node; its files stay in the trash for a week, unless purged. Not for other programs' containers.")]
    [RequiresScope(Scope.Operate)]
    [Rest("DELETE", "containers/{id}")]
    public async Task<CallToolResult> DeleteAsync(
        RequestContext<CallToolRequestParams> context,
        [Description(Arguments.Node)] string node,
        [Description(Id)] string id,
        [Description("Its files go for good, e.g. false")] bool purge = false,
        [Description(Arguments.ConfirmWithin)] int? confirmWithin = null,
        [Description(Approval.ArgumentDescription)] string? approve = null,
        [Description(Arguments.Why)] string? why = null,
        CancellationToken ct = default)
    {
        if (!purge) return await EditAsync(context, node, new DeleteContainer(id), confirmWithin, why, ct);
        // Nobody is asked for what would be refused afterwards.
        if (!context.Call().Scopes.Contains(Scope.Admin))
            throw new MeshException(ErrorKind.PermissionDenied, $"To purge needs scope admin, which '{context.Call().CallerName}' does not have.", "purge", "Without purge the files go to the trash; or ask the operator for a token with that scope.");
        using var client = nodes.Get(node, context.Identity());
        var all = await client.ContainersAsync(0, ct);
        var there = CalledContainer.Find(id, all.Containers, c => c.Id, c => c.Ours ? c.Name : null, "id");
        // The node refuses it in its own words.
        if (there is { Ours: false }) return await EditAsync(context, node, new DeleteContainer(id), confirmWithin, why, ct);
        var number = there?.Id ?? CalledContainer.Find(id, all.Trash, t => t.Id, t => t.Name, "id")?.Id;
        if (number is null) return await EditAsync(context, node, new DeleteContainer(id), confirmWithin, why, ct);
        var trashed = all.Trash.Where(t => t.Id == number).ToList();
        var run = new ChangeRun(nodes, context);
        var purging = new PlannedStep("lxc", $"container {number}", "purge its files", Effect.Irreversible);
        if (run.IsDry)
        {
            var plan = there is null ? new(node, false, ChangeOutcome.Planned, []) : await run.EditAsync(node, new DeleteContainer(number), confirmWithin, why, ct);
            return (plan with { Planned = [.. plan.Planned, purging] }).ToAnswer();
        }
        await Approval.RequireAsync(context, node, $"purge container {number} with its files{(trashed.Count == 0 ? "" : $" and {trashed.Count} in the trash")}",
            Approval.DigestOf([node, number, there?.Name ?? "", there?.Identity ?? "", .. trashed.Select(t => $"{t.At:O} {t.Identity}")]), ct);
        var report = there is null ? new(node, true, ChangeOutcome.Done, [], Verified: true) : await run.EditAsync(node, new DeleteContainer(number), confirmWithin, why, ct);
        // Until it is confirmed the container may have to come back.
        if (report.Outcome == ChangeOutcome.Held) return report.ToAnswer();
        // Those that were approved, and none that was made and deleted under the id meanwhile.
        try
        {
            await client.PurgeContainerAsync(number, why, ct, there is { Identity: null } ? null : [.. trashed.Select(t => t.Identity!), .. there is null ? [] : new[] { there.Identity! }]);
        }
        catch (MeshException e) when (report.Changed && there is not null)
        {
            throw new ChangeException(e.Error with { Message = $"Container {number} is deleted, and its files are in the trash still: {e.Error.Message}" }, ChangeOutcome.Done, e) { IsOfNode = e.IsOfNode };
        }
        return (report with { Planned = [.. report.Planned, purging] }).ToAnswer();
    }

    [McpServerTool(Name = "container_exec", Title = "Run a program", ReadOnly = false, Destructive = true, Idempotent = false, OpenWorld = true, UseStructuredContent = true, OutputSchemaType = typeof(ShownExec))]
    [Description("Runs one program in a running container and returns its exit code and output. No shell reads the arguments. Not for what should keep running: make it one of the container's services.")]
    [RequiresScope(Scope.Operate)]
    [Rest("POST", "containers/{id}/exec")]
    public async Task<CallToolResult> ExecAsync(
        RequestContext<CallToolRequestParams> context,
        [Description(Arguments.Node)] string node,
        [Description(Id)] string id,
        [Description("Program and arguments, e.g. [\"ip\",\"route\"]")] IReadOnlyList<string> command,
        [Description("Seconds (1-120) after which it is killed, e.g. 10")] int timeout = 10,
        [Description("Most bytes of output shown (500-200000), e.g. 7500")] int? max = null,
        CancellationToken ct = default)
    {
        Arguments.Within(timeout, 1, ContainerExec.MostSeconds, "timeout");
        Arguments.Within(max ?? Printed.Usual, 500, Printed.Most, "max");
        using var client = nodes.Get(node, context.Identity());
        var result = await client.ExecAsync(id, new(command) { TimeoutSeconds = timeout }, ct);
        var (output, errors, leftOut) = Printed.Bounded(result.Output, result.ErrorOutput, max ?? (context.Call().IsProgram ? int.MaxValue : Printed.Usual));
        var shown = new ShownExec(node, id, result.ExitCode, output, errors, leftOut == 0 ? null : leftOut, result.Cut);
        var answer = Answer.Of(shown, ToolJson.Default.ShownExec,
        [
            $"exit code {result.ExitCode}; what follows was printed in the container",
            .. result.Cut ? new[] { "More was printed: the first 64 KiB of each stream are kept." } : [],
            .. leftOut == 0 ? [] : new[] { $"{leftOut} characters in the middle are left out; container_exec with max={Printed.Most} shows all, and runs it again." },
        ], [.. output.Split('\n'), .. errors.Length == 0 ? [] : new[] { "error output:" }, .. errors.Split('\n')], keepLines: true);
        answer.IsError = result.ExitCode != 0;
        return answer;
    }

    async Task<CallToolResult> EditAsync(RequestContext<CallToolRequestParams> context, string node, Edit edit, int? confirmWithin, string? why, CancellationToken ct) =>
        (await new ChangeRun(nodes, context).EditAsync(node, edit, confirmWithin, why, ct)).ToAnswer();

    static IEnumerable<string> Sentences(ShownContainers shown)
    {
        yield return $"{shown.Containers.Count} of {shown.Total} containers on {shown.Node}";
        if (shown.Templates.Count == 0) yield return "There is no template; on the node: meshctl template add NAME ROOTFS-OR-TARBALL, or meshctl template build busybox NAME";
    }

    static IEnumerable<string> Lines(ShownContainers shown)
    {
        foreach (var c in shown.Containers)
        {
            yield return $"{c.Id}{(c.Name is null ? "" : $" {c.Name}")}: {(c.Waiting is not null ? "waits" : c.Running ? "running" : "stopped")}{(c.Ours ? "" : ", another program's")}, {c.Address ?? "no address"} on {c.Veth}{(c.Services.Count == 0 ? "" : $", {string.Join(", ", c.Services)}")}{(c.Sent is null ? "" : $", sent {c.Sent} B, received {c.Received} B")}";
            foreach (var lack in c.Waiting ?? []) yield return $"  {lack}";
            foreach (var line in c.Log) yield return $"  log {line}";
        }
        foreach (var t in shown.Trash) yield return $"in the trash: {t.Id}{(t.Name is null ? "" : $" {t.Name}")}, deleted {t.At:u}, purged {t.PurgedAt:u}";
        if (shown.Templates.Count > 0) yield return $"templates: {string.Join(", ", shown.Templates)}";
    }
}
