using System.ComponentModel;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace MeshMcp.ConformanceServer.Fixtures;

static class Prompts
{
    static readonly string[] Cities = ["paris", "park", "party"];

    public static void AddTo(McpServerOptions options)
    {
        Add("test_simple_prompt", () => "This is a simple prompt for testing.");
        Add("test_prompt_with_arguments", ([Description("First test argument")] string arg1, [Description("Second test argument")] string arg2) =>
            $"Prompt with arguments: arg1='{arg1}', arg2='{arg2}'");
        Add("test_prompt_with_embedded_resource", (string resourceUri) => Messages(
            FixtureTools.Embedded(resourceUri, "text/plain", "Embedded resource content for testing."), FixtureTools.Text("Please process the embedded resource above.")));
        Add("test_prompt_with_image", () => Messages(ImageContentBlock.FromBytes(FixtureTools.Png, "image/png"), FixtureTools.Text("Please analyze the image above.")));
        Add("test_input_required_result_prompt", (RequestContext<GetPromptRequestParams> context) =>
            InputTools.Field(context.Params!, "user_context", "context") is { } given
                ? $"Context: {given}"
                : throw InputTools.Ask(("user_context", InputTools.Form("What context should the prompt use?", "context"))));
        options.Handlers.CompleteHandler = (context, _) => new(new CompleteResult
        {
            Completion = new() { Values = [.. Cities.Where(c => context.Params!.Argument is { Name: "arg1", Value: var typed } && c.StartsWith(typed, StringComparison.Ordinal))] },
        });

        void Add(string name, Delegate get) => options.PromptCollection!.Add(McpServerPrompt.Create(get, new() { Name = name, Description = $"Fixture {name}" }));
    }

    static GetPromptResult Messages(params ContentBlock[] contents) =>
        new() { Messages = [.. contents.Select(c => new PromptMessage { Role = Role.User, Content = c })] };
}
