using ModelContextProtocol.Server;

namespace MeshMcp.ConformanceServer.Fixtures;

/// <summary>Tools that change the lists of tools and prompts, for those who listen.</summary>
static class ChangeTools
{
    public static void AddTo(McpServerOptions options)
    {
        options.AddTool("test_trigger_tool_change", () =>
        {
            var tool = McpServerTool.Create(() => "x", new() { Name = "passing_tool", Description = "Here for a moment" });
            if (options.ToolCollection!.TryAdd(tool)) options.ToolCollection.Remove(tool);
            return "changed";
        });
        options.AddTool("test_trigger_prompt_change", () =>
        {
            var prompt = McpServerPrompt.Create(() => "x", new() { Name = "passing_prompt", Description = "Here for a moment" });
            if (options.PromptCollection!.TryAdd(prompt)) options.PromptCollection.Remove(prompt);
            return "changed";
        });
    }
}
