using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using MeshMcp.Tools;
using MeshMcp.Tools.Calls;
using MeshMcp.Contracts.Trust;
using MeshMcp.TestServers;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using Xunit;

namespace MeshMcp.UnitTests.Tools;

/// <summary>
/// Holds what models are told of the tools to <c>docs/reference/tools.json</c>.
/// To change it on purpose: <c>MESHMCP_UPDATE_GOLDEN=1 ./dev test ToolsListTests</c>, then read the difference.
/// </summary>
public sealed class ToolsListTests
{
    /// <summary>Tokens of the default ones without the form of their answers; bytes with it, of the default ones and of all.</summary>
    const int Budget = 6000, Bytes = 24 * 1024, BytesOfAll = 40 * 1024;

    static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    static readonly IReadOnlyList<McpServerTool> Tools = Catalogue.Of(null);

    static readonly IReadOnlyList<McpServerTool> All = Catalogue.All;

    [Fact]
    public async Task The_tools_are_described_as_agreed()
    {
        var list = new JsonArray([.. Tools.Select(t => Json(t.ProtocolTool))]).ToJsonString(Indented) + "\n";
        if (Environment.GetEnvironmentVariable("MESHMCP_UPDATE_GOLDEN") == "1") await File.WriteAllTextAsync(Golden(), list, TestContext.Current.CancellationToken);

        Assert.Equal(await File.ReadAllTextAsync(Golden(), TestContext.Current.CancellationToken), list);
    }

    [Fact]
    public void All_tools_together_cost_no_more_tokens_than_they_may()
    {
        var bytes = Tools.Sum(tool =>
        {
            var json = Json(tool.ProtocolTool).AsObject();
            json.Remove("outputSchema");
            return Encoding.UTF8.GetByteCount(json.ToJsonString());
        });

        Assert.InRange(bytes / 4, 1, Budget);
    }

    [Fact]
    public void As_they_are_sent_the_default_ones_and_all_are_no_longer_than_they_may_be()
    {
        Assert.InRange(Sent(Tools), 1, Bytes);
        Assert.InRange(Sent(All), 1, BytesOfAll);

        static int Sent(IEnumerable<McpServerTool> tools) => Encoding.UTF8.GetByteCount(new JsonArray([.. tools.Select(t => Json(t.ProtocolTool))]).ToJsonString());
    }

    [Fact]
    public void Every_tool_says_when_not_to_use_it_hints_at_its_effects_and_has_an_output_schema()
    {
        Assert.All(All, tool =>
        {
            var (name, told) = (tool.ProtocolTool.Name, tool.ProtocolTool);
            Assert.True(told.Description!.Contains("Not ", StringComparison.Ordinal) || told.Description.Contains("other changes need none", StringComparison.Ordinal), name);
            Assert.NotNull(told.Title);
            // What is left out is what the protocol takes for granted.
            Assert.True(told.Annotations is { OpenWorldHint: not null } and ({ ReadOnlyHint: true } or { DestructiveHint: not null }), name);
            Assert.Equal("object", told.OutputSchema!.Value.GetProperty("type").GetString());
            Assert.True(MeshTools.AnswerOf(tool).GetProperty("properties").TryGetProperty("says", out _), name);
            Assert.Equal(told.Annotations!.ReadOnlyHint == true, RequiresScopeAttribute.Of(tool) == Scope.Read);
        });
    }

    [Fact]
    public void Every_argument_is_described_with_an_example()
    {
        var arguments = All.SelectMany(t => t.ProtocolTool.InputSchema.TryGetProperty("properties", out var p) ? p.EnumerateObject().Select(a => (Tool: t.ProtocolTool.Name, a.Name, a.Value)) : []);

        Assert.All(arguments, a => Assert.Contains("e.g. ", a.Value.GetProperty("description").GetString(), StringComparison.Ordinal));
    }

    [Fact]
    public void A_toolset_is_shown_by_default_as_a_whole_or_not_at_all() =>
        Assert.All(Toolset.All.GroupBy(t => t.Name), toolset => Assert.Single(toolset.Select(t => t.Default).Distinct()));

    [Fact]
    public void No_two_classes_of_tools_claim_one_place_in_the_list() =>
        Assert.Equal(Toolset.All.Count, Toolset.All.Select(t => t.Place).Distinct().Count());

    static JsonNode Json(Tool tool) => JsonSerializer.SerializeToNode(tool, McpJsonUtilities.DefaultOptions)!;

    static string Golden([CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "../../../docs/reference/tools.json");
}
