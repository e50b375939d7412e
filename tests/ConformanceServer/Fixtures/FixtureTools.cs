using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace MeshMcp.ConformanceServer.Fixtures;

/// <summary>What the fixtures share: small content and a short way to add a tool.</summary>
static class FixtureTools
{
    /// <summary>One pixel.</summary>
    public static readonly byte[] Png = Convert.FromBase64String("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==");

    /// <summary>One sample of silence.</summary>
    public static readonly byte[] Wav = Convert.FromBase64String("UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAA=");

    public static TextContentBlock Text(string text) => new() { Text = text };

    public static EmbeddedResourceBlock Embedded(string uri, string type, string text) =>
        new() { Resource = new TextResourceContents { Uri = uri, MimeType = type, Text = text } };

    public static void AddTool(this McpServerOptions options, string name, Delegate call) =>
        options.ToolCollection!.Add(McpServerTool.Create(call, new() { Name = name, Description = $"Fixture {name}" }));
}
