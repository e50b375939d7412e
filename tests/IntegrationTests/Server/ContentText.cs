using ModelContextProtocol.Protocol;

namespace MeshMcp.IntegrationTests.Server;

static class ContentText
{
    /// <summary>All text of a result.</summary>
    public static string ToText(this IEnumerable<ContentBlock> content) => string.Join('\n', content.OfType<TextContentBlock>().Select(b => b.Text));
}
