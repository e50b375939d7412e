using ModelContextProtocol.Server;

namespace MeshMcp.Tools.Calls;

/// <summary>The request that the tool this method is answers to in REST. Arguments come from path, query and body.</summary>
/// <param name="method">GET, PUT, POST or DELETE.</param>
/// <param name="path">Below a node; else from <c>/v1</c> on. Names in braces are arguments.</param>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RestAttribute(string method, string path) : Attribute
{
    public string Method { get; } = method;

    /// <summary>Whole, from <c>/v1</c> on.</summary>
    public string Path { get; } = path.StartsWith('/') ? path : $"/v1/nodes/{{node}}/{path}";

    /// <summary>The argument that the whole body is; null: the body of a POST or PUT is an object of arguments.</summary>
    public string? Body { get; init; }

    /// <summary>What <paramref name="tool"/> declares; null: REST does not have it.</summary>
    public static RestAttribute? Of(McpServerTool tool) => tool.Metadata.OfType<RestAttribute>().FirstOrDefault();
}
