using System.Text.Json.Nodes;
using MeshMcp.Clients.Models;
using MeshMcp.Clients.Steps;

namespace MeshMcp.Clients;

/// <summary>Its user's answer to a question of the server comes from a hook. Definitions of tools are looked up by its model before it calls them.</summary>
sealed class ClaudeCode : RealClient
{
    const string Servers = "servers.json", Answer = "answer.json";

    public override string Name => "claude";

    public override Dialect Dialect { get; } = new MessagesDialect();

    public override Asks Asks => Asks.User;

    public override StepCall? LookingUp(IReadOnlyList<ToolName> tools) =>
        new(new("ToolSearch"), new() { ["query"] = $"select:{string.Join(',', tools.Select(t => t.Name).Distinct())}" });

    public override ToolName ListResources => new("ListMcpResourcesTool");

    public override ToolName ReadResource => new("ReadMcpResourceTool");

    public override string? Prompt(string name, string argument) => $"/{Ours}{name} {argument}";

    public override IReadOnlyList<string> Needs => ["MESHMCP_CLAUDE"];

    public override void Configure(Surroundings around)
    {
        var server = Http(around, "url");
        server["type"] = "http";
        Write(around, Servers, new JsonObject { ["mcpServers"] = new JsonObject { [Server] = server } }.ToJsonString());
        Write(around, Answer, new JsonObject
        {
            ["hookSpecificOutput"] = new JsonObject { ["hookEventName"] = "Elicitation", ["action"] = "accept", ["content"] = new JsonObject { ["choice"] = $"purge container {Script.Container} with its files" } },
        }.ToJsonString());
        var hook = new JsonObject { ["type"] = "command", ["command"] = $"cat {Path.Combine(around.Home, Answer)}" };
        Write(around, ".claude/settings.json", new JsonObject { ["hooks"] = new JsonObject { ["Elicitation"] = new JsonArray(new JsonObject { ["hooks"] = new JsonArray(hook) }) } }.ToJsonString());
    }

    public override IEnumerable<(string Name, string Value)> Variables(Surroundings around) =>
    [
        ("ANTHROPIC_BASE_URL", around.Model.GetLeftPart(UriPartial.Authority)), ("ANTHROPIC_API_KEY", "none"), ("CLAUDE_CODE_TMPDIR", Path.Combine(around.Home, "tmp")),
        ("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1"), ("DISABLE_TELEMETRY", "1"), ("DISABLE_ERROR_REPORTING", "1"), ("DISABLE_AUTOUPDATER", "1"),
        .. around.Authority is null ? [] : new[] { ("NODE_EXTRA_CA_CERTS", around.Authority) },
    ];

    public override IReadOnlyList<string> Arguments(Surroundings around, string prompt) =>
        ["-p", prompt, "--mcp-config", Path.Combine(around.Home, Servers), "--strict-mcp-config", "--allowedTools", $"mcp__{Server}"];
}
