using MeshMcp.Clients.Models;

namespace MeshMcp.Clients;

sealed class Codex : RealClient
{
    const string Key = "MODEL_KEY", Token = "MESH_TOKEN";

    public override string Name => "codex";

    public override Dialect Dialect { get; } = new ResponsesDialect();

    public override Asks Asks => Asks.Nobody;

    public override ToolName Tool(string name) => new(name, $"mcp__{Server}");

    public override ToolName ListResources => new("list_mcp_resources");

    public override ToolName ReadResource => new("read_mcp_resource");

    public override string? Prompt(string name, string argument) => null;

    public override IReadOnlyList<string> Needs => ["MESHMCP_CODEX"];

    public override void Configure(Surroundings around) => Write(around, ".codex/config.toml", $"""
        model = "scripted"
        model_provider = "scripted"
        check_for_update_on_startup = false
        [analytics]
        enabled = false
        [model_providers.scripted]
        name = "scripted"
        base_url = "{around.Model}v1"
        wire_api = "responses"
        env_key = "{Key}"
        [mcp_servers.{Server}]
        url = "{around.Server}"
        bearer_token_env_var = "{Token}"

        """);

    public override IEnumerable<(string Name, string Value)> Variables(Surroundings around) =>
        [(Key, "none"), (Token, around.Token), .. around.Authority is null ? [] : new[] { ("SSL_CERT_FILE", around.Authority) }];

    public override IReadOnlyList<string> Arguments(Surroundings around, string prompt) => ["exec", "--skip-git-repo-check", "--dangerously-bypass-approvals-and-sandbox", prompt];
}
