using MeshMcp.Tools.Calls;
using ModelContextProtocol;
using ModelContextProtocol.Server;

namespace MeshMcp.Server.Mcp;

/// <summary>Reads the tools that a client wants to see: <c>/mcp?toolsets=default,xray&amp;readonly=true</c>, or the headers <c>X-MCP-Toolsets</c> and <c>X-MCP-Readonly</c>, as other servers have them.</summary>
static class AskedTools
{
    const string Toolsets = "toolsets", ReadOnly = "readonly", ToolsetsHeader = "X-MCP-Toolsets", ReadOnlyHeader = "X-MCP-Readonly";

    public static ShownTools In(HttpRequest request)
    {
        var names = Text(request, Toolsets, ToolsetsHeader)?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(n => n.ToLowerInvariant()).ToList();
        return new(names is { Count: > 0 } ? names : null, IsYes(request.Query[ReadOnly]) || IsYes(request.Headers[ReadOnlyHeader]));
    }

    /// <summary>Null when there is what is asked for.</summary>
    /// <param name="tools">Those that the server has.</param>
    public static Refusal? Check(HttpRequest request, IEnumerable<McpServerTool> tools)
    {
        if (In(request).Toolsets is not { } asked) return null;
        string[] there = [ShownTools.All, ShownTools.Default, .. ShownTools.Of(tools)];
        return asked.Except(there).ToList() is { Count: > 0 } unknown
            ? new(StatusCodes.Status400BadRequest, McpErrorCode.InvalidParams, $"There is no toolset {string.Join(", ", unknown)}. There are: {string.Join(", ", there)}")
            : null;
    }

    /// <summary>Whatever else is said than no: it is asked for by who wants to be safe, in the URL or by the header.</summary>
    static bool IsYes(string? said) => said is not null && !said.Equals("false", StringComparison.OrdinalIgnoreCase) && said != "0";

    static string? Text(HttpRequest request, string name, string header) =>
        request.Query.TryGetValue(name, out var asked) ? asked.ToString() : request.Headers.TryGetValue(header, out var given) ? given.ToString() : null;
}
