using MeshMcp.Tools.Calls;
using ModelContextProtocol.Server;

namespace MeshMcp.Server.Api;

/// <summary>Every tool, once, as the request that it says itself (<see cref="RestAttribute"/>): what an assistant can do, REST can.</summary>
sealed class ApiRoutes(IReadOnlyDictionary<string, McpServerTool> tools)
{
    /// <summary>In the order of paths.</summary>
    public IReadOnlyList<ApiRoute> All { get; } =
    [
        .. tools.Select(t => (Tool: t.Key, Request: RestAttribute.Of(t.Value))).Where(t => t.Request is not null)
            .Select(t => new ApiRoute(t.Request!.Method, t.Request.Path, t.Tool, t.Request.Body))
            .OrderBy(r => r.Path, StringComparer.Ordinal).ThenBy(r => r.Method, StringComparer.Ordinal),
    ];

    /// <summary>The methods that <paramref name="path"/> has; empty when there is no such path.</summary>
    public IReadOnlyList<string> MethodsOf(string path) => [.. All.Where(r => Fits(r.Path.Split('/'), path.Split('/'))).Select(r => r.Method)];

    /// <summary>The requests for the tools that a text names; null where it names none.</summary>
    public IReadOnlyDictionary<string, string>? NamedIn(string text)
    {
        var named = All.Where(r => text.Contains(r.Tool, StringComparison.Ordinal)).ToDictionary(r => r.Tool, r => $"{r.Method} {r.Path}");
        return named.Count == 0 ? null : named;
    }

    static bool Fits(string[] template, string[] path) =>
        template.Length == path.Length && template.Zip(path).All(p => p.First == p.Second || (p.First.StartsWith('{') && p.Second.Length > 0));
}
