using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace MeshMcp.ConformanceServer.Fixtures;

static class Resources
{
    public static void AddTo(McpServerOptions options)
    {
        Add("test://static-text", "text/plain", () => "This is the content of the static text resource.");
        Add("test://static-binary", "image/png", ResourceContents () => BlobResourceContents.FromBytes(FixtureTools.Png, "test://static-binary", "image/png"));
        Add("test://template/{id}/data", "application/json", (string id) => $$"""{"id":"{{id}}","templateTest":true,"data":"Data for ID: {{id}}"}""");
        Add("test://watched-resource", "text/plain", () => "watched");

        void Add(string uri, string type, Delegate read) =>
            options.ResourceCollection!.Add(McpServerResource.Create(read, new() { UriTemplate = uri, Name = uri["test://".Length..], Description = $"Fixture {uri}", MimeType = type }));
    }
}
