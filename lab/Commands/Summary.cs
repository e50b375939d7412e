using MeshMcp.Lab.Topology;

namespace MeshMcp.Lab.Commands;

/// <summary>The nodes, and the text to paste into an MCP client.</summary>
static class Summary
{
    public static string Of(LabState lab) => $$"""

        NODE        ADDRESS         MESH ADDRESS   BRIDGE      CONTAINERS
        {{string.Join('\n', Map.Nodes.Select(Row))}}

        MCP client configuration:
        {
          "mcpServers": {
            "mesh": {
              "type": "http",
              "url": "{{lab.Url}}",
              "headers": { "Authorization": "Bearer {{lab.Token}}" }
            }
          }
        }

        claude mcp add --transport http mesh {{lab.Url}} --header "Authorization: Bearer {{lab.Token}}"

        Dashboard: {{lab.Dashboard}} (sign in with the token above)

        """;

    static string Row(Node node) =>
        $"{node.Name,-12}{AddressOf(node),-16}{node.MeshAddress,-15}{node.Bridge,-12}{string.Join(", ", node.Containers)}";

    static string AddressOf(Node node) => Map.Cables.First(c => c.Place == node.Name).Address.Split('/')[0];
}
