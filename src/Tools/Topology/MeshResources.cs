using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Json;
using MeshMcp.Tools.Answers;
using MeshMcp.Tools.Calls;
using MeshMcp.Tools.Nodes;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace MeshMcp.Tools.Topology;

sealed class MeshResources(INodes nodes)
{
    const string Json = "application/json";

    [McpServerResource(UriTemplate = "mesh://topology", Name = "topology", Title = "Topology of the mesh", MimeType = Json)]
    [Description("All nodes: whether they answer, bridge, address, ports, containers with their addresses, tunnels with their exits, VPN clients, number of flows.")]
    public async Task<ResourceContents> TopologyAsync(RequestContext<ReadResourceRequestParams> context, CancellationToken ct) =>
        Contents(context, await new TopologyReader(nodes).ReadAsync(context.Call(), ct), ToolJson.Default.MeshTopology);

    [McpServerResource(UriTemplate = "mesh://nodes/{node}/state", Name = "node-state", Title = "Desired state of a node", MimeType = Json)]
    [Description("The whole desired state of one node, however long, with its findings.")]
    public async Task<ResourceContents> StateAsync(RequestContext<ReadResourceRequestParams> context, string node, CancellationToken ct)
    {
        var call = context.Call();
        call.MustReach(node, "node");
        try
        {
            using var client = nodes.Get(node, call.Identity());
            return Contents(context, await client.StateAsync("desired", ct), MeshJson.Default.StateView);
        }
        catch (MeshException e)
        {
            throw new MeshException(PlainText.Of(Hints.ForTools(e.Error, context.Has)), e);
        }
    }

    static TextResourceContents Contents<T>(RequestContext<ReadResourceRequestParams> context, T value, JsonTypeInfo<T> type)
    {
        var content = PlainText.Of(JsonSerializer.SerializeToNode(value, type), keepLines: true)!;
        ToldHints.In(content, context.Has);
        return new() { Uri = context.Params.Uri, MimeType = Json, Text = content.ToJsonString() };
    }
}
