using System.Text.Json;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace MeshMcp.ConformanceServer.Fixtures;

/// <summary>Tools that turn to the client while they run: log messages, sampling, elicitation.</summary>
static class ClientTools
{
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    public static void AddTo(McpServerOptions options)
    {
        options.AddTool("test_tool_with_logging", LogThriceAsync);
        options.AddTool("test_logging_tool", async (RequestContext<CallToolRequestParams> context, CancellationToken ct) =>
        {
            if (context.JsonRpcRequest.Context?.LogLevel is not null) await LogAsync(context.Server, "log", ct);
            return "ok";
        });
        options.AddTool("test_sampling", async (McpServer server, string prompt, CancellationToken ct) =>
        {
            var answer = await server.SampleAsync(new CreateMessageRequestParams { Messages = [new() { Role = Role.User, Content = [FixtureTools.Text(prompt)] }], MaxTokens = 100 }, ct);
            return "LLM response: " + string.Concat(answer.Content.OfType<TextContentBlock>().Select(b => b.Text));
        });
        options.AddTool("test_elicitation", (McpServer server, string message, CancellationToken ct) => ElicitAsync(server, message, new()
        {
            Properties =
            {
                ["username"] = new ElicitRequestParams.StringSchema { Description = "User's response" },
                ["email"] = new ElicitRequestParams.StringSchema { Description = "User's email address" },
            },
            Required = ["username", "email"],
        }, ct));
        options.AddTool("test_elicitation_sep1034_defaults", (McpServer server, CancellationToken ct) => ElicitAsync(server, "Defaults", Defaults(), ct));
        options.AddTool("test_elicitation_sep1330_enums", (McpServer server, CancellationToken ct) => ElicitAsync(server, "Enums", Enums(), ct));
        options.AddTool("test_missing_capability", (McpServer server) => server.ClientCapabilities?.Sampling is null
            ? throw new MissingRequiredClientCapabilityException(new() { Sampling = new() }, "sampling required")
            : "ok");
    }

    static async Task<string> LogThriceAsync(McpServer server, CancellationToken ct)
    {
        foreach (var message in (string[])["Tool execution started", "Tool processing data", "Tool execution completed"])
        {
            await LogAsync(server, message, ct);
            await Task.Delay(Pause, ct);
        }
        return "done";
    }

    static Task LogAsync(McpServer server, string message, CancellationToken ct) => server.SendNotificationAsync(
        NotificationMethods.LoggingMessageNotification,
        new LoggingMessageNotificationParams { Level = LoggingLevel.Info, Logger = "fixture", Data = JsonSerializer.SerializeToElement(message) },
        McpJsonUtilities.DefaultOptions, ct);

    static async Task<string> ElicitAsync(McpServer server, string message, ElicitRequestParams.RequestSchema schema, CancellationToken ct) =>
        $"Elicitation completed: action={(await server.ElicitAsync(new ElicitRequestParams { Message = message, RequestedSchema = schema }, ct)).Action}";

    static ElicitRequestParams.RequestSchema Defaults() => new()
    {
        Properties =
        {
            ["name"] = new ElicitRequestParams.StringSchema { Default = "John Doe" },
            ["age"] = new ElicitRequestParams.NumberSchema { Type = "integer", Default = 30 },
            ["score"] = new ElicitRequestParams.NumberSchema { Default = 95.5 },
            ["status"] = new ElicitRequestParams.UntitledSingleSelectEnumSchema { Enum = ["active", "inactive", "pending"], Default = "active" },
            ["verified"] = new ElicitRequestParams.BooleanSchema { Default = true },
        },
    };

    static ElicitRequestParams.RequestSchema Enums() => new()
    {
        Properties =
        {
            ["untitledSingle"] = new ElicitRequestParams.UntitledSingleSelectEnumSchema { Enum = ["option1", "option2", "option3"] },
            ["titledSingle"] = new ElicitRequestParams.TitledSingleSelectEnumSchema
            {
                OneOf = [new() { Const = "value1", Title = "First Option" }, new() { Const = "value2", Title = "Second Option" }, new() { Const = "value3", Title = "Third Option" }],
            },
            ["legacyEnum"] = new ElicitRequestParams.LegacyTitledEnumSchema { Enum = ["opt1", "opt2", "opt3"], EnumNames = ["Option One", "Option Two", "Option Three"] },
            ["untitledMulti"] = new ElicitRequestParams.UntitledMultiSelectEnumSchema { Items = new() { Enum = ["option1", "option2", "option3"] } },
            ["titledMulti"] = new ElicitRequestParams.TitledMultiSelectEnumSchema
            {
                Items = new() { AnyOf = [new() { Const = "value1", Title = "First Choice" }, new() { Const = "value2", Title = "Second Choice" }, new() { Const = "value3", Title = "Third Choice" }] },
            },
        },
    };
}
