using System.Text.Json;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace MeshMcp.ConformanceServer.Fixtures;

/// <summary>Tools that answer by themselves: every kind of content, errors, progress, schemas, headers.</summary>
static class ContentTools
{
    const string Schema = """
        {
          "$schema": "https://json-schema.org/draft/2020-12/schema",
          "type": "object",
          "$defs": {
            "address": {
              "$anchor": "addressDef",
              "type": "object",
              "properties": { "street": { "type": "string" }, "city": { "type": "string" } }
            }
          },
          "properties": {
            "name": { "type": "string" },
            "address": { "$ref": "#/$defs/address" },
            "contactMethod": { "type": "string", "enum": ["phone", "email"] },
            "phone": { "type": "string" },
            "email": { "type": "string" }
          },
          "allOf": [{ "anyOf": [{ "required": ["phone"] }, { "required": ["email"] }] }],
          "if": { "properties": { "contactMethod": { "const": "phone" } }, "required": ["contactMethod"] },
          "then": { "required": ["phone"] },
          "else": { "required": ["email"] },
          "additionalProperties": false
        }
        """;

    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    public static void AddTo(McpServerOptions options)
    {
        options.AddTool("test_simple_text", () => "This is a simple text response for testing.");
        options.AddTool("test_image_content", ContentBlock () => ImageContentBlock.FromBytes(FixtureTools.Png, "image/png"));
        options.AddTool("test_audio_content", ContentBlock () => AudioContentBlock.FromBytes(FixtureTools.Wav, "audio/wav"));
        options.AddTool("test_embedded_resource", ContentBlock () => FixtureTools.Embedded("test://embedded-resource", "text/plain", "This is an embedded resource content."));
        options.AddTool("test_multiple_content_types", () => new CallToolResult
        {
            Content =
            [
                FixtureTools.Text("Multiple content types test:"),
                ImageContentBlock.FromBytes(FixtureTools.Png, "image/png"),
                FixtureTools.Embedded("test://mixed-content-resource", "application/json", """{"test":"data","value":123}"""),
            ],
        });
        options.AddTool("test_error_handling", () => new CallToolResult { IsError = true, Content = [FixtureTools.Text("This tool intentionally returns an error for testing")] });
        options.AddTool("test_tool_with_progress", ProgressAsync);
        options.AddTool("test_headers", ([McpHeader("Region")] string region) => region);

        var tool = McpServerTool.Create(() => "ok", new() { Name = "json_schema_2020_12_tool", Description = "A schema with every keyword of JSON Schema 2020-12 that must survive" });
        tool.ProtocolTool.InputSchema = JsonDocument.Parse(Schema).RootElement;
        options.ToolCollection!.Add(tool);
    }

    static async Task<string> ProgressAsync(IProgress<ProgressNotificationValue> progress, CancellationToken ct)
    {
        foreach (var done in (int[])[0, 50, 100])
        {
            progress.Report(new() { Progress = done, Total = 100 });
            await Task.Delay(Pause, ct);
        }
        return "progress done";
    }
}
