using System.Runtime.CompilerServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using MeshMcp.Contracts.Errors;
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

    [Fact]
    public void Every_reference_in_the_description_leads_to_something()
    {
        var document = OpenApi.Of(Tools);
        Assert.All(LocalReferences.In(document), holder => Assert.True(Found(document, holder["$ref"]!.GetValue<string>()) is not null, holder.ToJsonString()));
    }

    public static TheoryData<ErrorKind> Kinds => [.. Enum.GetValues<ErrorKind>()];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_change_of_a_node_can_be_refused_with_each_kind_and_the_description_says_so(ErrorKind kind)
    {
        var document = OpenApi.Of(Tools);
        var status = $"{ApiProblem.Of(new(kind, "…"), "/").Status}";
        Assert.All(Routes.Where(r => r.Method != "GET" && r.Path.StartsWith("/v1/nodes/{", StringComparison.Ordinal) && kind is not ErrorKind.ConfirmationRequired), route =>
            Assert.NotEmpty(Found(document, Operation(document, route)["responses"]![status]!["$ref"]!.GetValue<string>())!["description"]!.GetValue<string>()));
    }

    [Fact]
    public void Every_operation_says_what_it_answers_and_how_it_refuses_and_nothing_that_no_status_explains()
    {
        var document = OpenApi.Of(Tools);
        var operations = document["paths"]!.AsObject().SelectMany(p => p.Value!.AsObject()).Select(o => o.Value!.AsObject()).ToList();
        Assert.Equal(Routes.Count + 2, operations.Count);
        Assert.All(operations, operation => Assert.Superset(new HashSet<string> { "200", "401", "403", "429", "default" }, operation["responses"]!.AsObject().Select(r => r.Key).ToHashSet()));
        Assert.Equal(ApiRefusals.All.Keys.Order(StringComparer.Ordinal), operations.SelectMany(o => o["responses"]!.AsObject().Select(r => r.Key)).Distinct().Where(s => s != "200").Order(StringComparer.Ordinal));
        Assert.Contains("412", operations.Single(o => o["operationId"]!.GetValue<string>() == "apply_state")["responses"]!.AsObject().Select(r => r.Key));
    }

    static JsonObject Operation(JsonObject document, ApiRoute route) => document["paths"]![route.Path]![route.Method.ToLowerInvariant()]!.AsObject();

    /// <summary>What a JSON pointer leads to; null when that is nothing.</summary>
    static JsonNode? Found(JsonNode document, string reference) => reference.Split('/').Skip(1).Select(t => Uri.UnescapeDataString(t).Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal))
        .Aggregate((JsonNode?)document, (at, token) => at switch
        {
            JsonObject members => members[token],
            JsonArray items when int.TryParse(token, out var i) && i < items.Count => items[i],
            _ => null,
        });

    static string Golden([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../../../docs/reference/openapi.json"));
}
