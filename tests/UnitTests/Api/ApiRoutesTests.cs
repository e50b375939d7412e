using System.Runtime.CompilerServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using MeshMcp.Server.Api;
using MeshMcp.TestServers;
using ModelContextProtocol.Server;
using Xunit;

namespace MeshMcp.UnitTests.Api;

/// <summary>
/// Holds REST to the tools, and its OpenAPI document to <c>docs/reference/openapi.json</c>.
/// To change that on purpose: <c>MESHMCP_UPDATE_GOLDEN=1 ./dev test ApiRoutesTests</c>, then read the difference.
/// </summary>
public sealed class ApiRoutesTests
{
    static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    static readonly IReadOnlyDictionary<string, McpServerTool> Tools = Catalogue.All.ToDictionary(t => t.ProtocolTool.Name);

    static readonly IReadOnlyList<ApiRoute> Routes = new ApiRoutes(Tools).All;

    [Fact]
    public void What_an_assistant_can_do_REST_can_and_nothing_else() =>
        Assert.Equal(Tools.Keys.Order(StringComparer.Ordinal), Routes.Select(r => r.Tool).Order(StringComparer.Ordinal));

    [Fact]
    public void No_two_routes_are_the_same_request() =>
        Assert.Equal(Routes.Count, Routes.Select(r => $"{r.Method} {r.Path}").Distinct().Count());

    [Fact]
    public void What_only_looks_is_a_GET_or_asks_a_question_and_what_changes_is_not_a_GET() => Assert.All(Routes, route =>
    {
        var readOnly = Tools[route.Tool].ProtocolTool.Annotations!.ReadOnlyHint == true;
        Assert.True(readOnly == (route.Method == "GET" || route.Tool is "plan_state" or "validate_state" or "trace_packet"), route.Tool);
    });

    [Fact]
    public void Every_name_in_a_path_is_an_argument_of_the_tool() => Assert.All(Routes, route =>
    {
        var arguments = Tools[route.Tool].ProtocolTool.InputSchema.GetProperty("properties").EnumerateObject().Select(p => p.Name).ToList();
        Assert.All(route.Path.Split('/').Where(s => s.StartsWith('{')), s => Assert.Contains(s.Trim('{', '}'), arguments));
        if (route.Body is { } body) Assert.Contains(body, arguments);
    });

    [Fact]
    public void The_published_description_is_the_one_that_the_tools_give()
    {
        var document = OpenApi.Of(Tools).ToJsonString(Indented) + "\n";
        if (Environment.GetEnvironmentVariable("MESHMCP_UPDATE_GOLDEN") == "1") File.WriteAllText(Golden(), document);

        Assert.Equal(File.ReadAllText(Golden()), document);
    }

    static string Golden([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../../../docs/reference/openapi.json"));
}
