using System.ComponentModel;
using System.Runtime.CompilerServices;
using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.State;
using MeshMcp.Contracts.Trust;
using MeshMcp.Tools.Answers;
using MeshMcp.Tools.Calls;
using MeshMcp.Tools.Changes;
using MeshMcp.Tools.Nodes;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace MeshMcp.Tools.Uplink;

sealed class UplinkTools(INodes nodes)
{
    const int LastPort = 65535;

    [ModuleInitializer]
    internal static void Register() => Toolset.Register(new("containers", 50, nodes =>
    {
        var tools = new UplinkTools(nodes);
        return [tools.PublishAsync, tools.UnpublishAsync];
    }));

    [McpServerTool(Name = "publish_port", Title = "Publish a port", ReadOnly = false, Destructive = true, Idempotent = true, OpenWorld = false, UseStructuredContent = true, OutputSchemaType = typeof(ChangeReport))]
    [Description("Opens a port of a node's own address, to everybody or to some networks, for one of its containers, which sees callers' own addresses. Replaces what it was published for. Not between containers: use add_flow.")]
    [RequiresScope(Scope.Operate)]
    [Rest("PUT", "ports/{protocol}/{port}")]
    public async Task<CallToolResult> PublishAsync(
        RequestContext<CallToolRequestParams> context,
        [Description(Arguments.Node)] string node,
        [Description("1-65535, e.g. 443")] int port,
        [Description("Id or name, e.g. 202")] string container,
        [Description("tcp or udp, e.g. udp")] string protocol = "tcp",
        [Description("Port in the container where it is another, e.g. 8080")] int? containerPort = null,
        [Description("Networks that may connect, e.g. [\"198.51.100.0/24\"]; else everybody")] IReadOnlyList<string>? sources = null,
        [Description(Arguments.For)] string? @for = null,
        [Description(Arguments.ConfirmWithin)] int? confirmWithin = null,
        [Description(Arguments.Why)] string? why = null,
        CancellationToken ct = default)
    {
        Arguments.Within(port, 1, LastPort, "port");
        return (await new ChangeRun(nodes, context).EditAsync(node, new PublishPort(new PublishedPort { Protocol = protocol, Port = port, Container = container, ContainerPort = containerPort, Sources = sources ?? [] }), confirmWithin, why, ct, @for)).ToAnswer();
    }

    [McpServerTool(Name = "unpublish_port", Title = "Close a published port", ReadOnly = false, Destructive = true, Idempotent = false, OpenWorld = false, UseStructuredContent = true, OutputSchemaType = typeof(ChangeReport))]
    [Description("Closes a published port of a node at once, also for connections that stand. A port that is not published is refused with those that are. Not to stop the container: use set_container_state.")]
    [RequiresScope(Scope.Operate)]
    [Rest("DELETE", "ports/{protocol}/{port}")]
    public async Task<CallToolResult> UnpublishAsync(
        RequestContext<CallToolRequestParams> context,
        [Description(Arguments.Node)] string node,
        [Description("e.g. 443")] int port,
        [Description("tcp or udp, e.g. udp")] string protocol = "tcp",
        [Description(Arguments.ConfirmWithin)] int? confirmWithin = null,
        [Description(Arguments.Why)] string? why = null,
        CancellationToken ct = default) =>
        (await new ChangeRun(nodes, context).EditAsync(node, new UnpublishPort(protocol, port), confirmWithin, why, ct)).ToAnswer();
}
