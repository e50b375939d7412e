using System.Text.Json.Nodes;
using MeshMcp.Clients.Models;

namespace MeshMcp.Clients;

sealed class GeminiCli : RealClient
{
    public override string Name => "gemini";

    public override Dialect Dialect { get; } = new GenerateContentDialect();

    public override Asks Asks => Asks.Never;

    public override bool BeginsAnew => false;

    public override string Ours => "mcp_mesh_";

    public override ToolName ListResources => new("list_mcp_resources");

    public override ToolName ReadResource => new("read_mcp_resource");

    public override JsonObject ResourceArguments(string uri) => new() { ["uri"] = uri };

    public override string? Prompt(string name, string argument) => $"/{name} {argument}";

    public override IReadOnlyList<string> Needs => ["MESHMCP_NODE", "MESHMCP_GEMINI"];

    public override void Configure(Surroundings around) => Write(around, ".gemini/settings.json", new JsonObject
    {
        ["security"] = new JsonObject { ["auth"] = new JsonObject { ["selectedType"] = "gemini-api-key" } },
        ["privacy"] = new JsonObject { ["usageStatisticsEnabled"] = false },
        ["telemetry"] = new JsonObject { ["enabled"] = false },
        ["general"] = new JsonObject { ["enableAutoUpdate"] = false, ["enableAutoUpdateNotification"] = false },
        ["mcpServers"] = new JsonObject { [Server] = Http(around, "httpUrl") },
    }.ToJsonString());

    public override IEnumerable<(string Name, string Value)> Variables(Surroundings around) =>
    [
        ("GOOGLE_GEMINI_BASE_URL", around.Model.GetLeftPart(UriPartial.Authority)), ("GEMINI_API_KEY", "none"),
        .. around.Authority is null ? [] : new[] { ("NODE_EXTRA_CA_CERTS", around.Authority) },
    ];

    // A model by name: else it asks another one which to take.
    public override IReadOnlyList<string> Arguments(Surroundings around, string prompt) => ["--yolo", "--skip-trust", "-m", "scripted", "-p", prompt];
}
