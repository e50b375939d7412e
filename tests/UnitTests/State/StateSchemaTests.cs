using System.Runtime.CompilerServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using MeshMcp.Contracts.State;
using Xunit;

namespace MeshMcp.UnitTests.State;

/// <summary>
/// Holds the schema of state documents to <c>docs/state.schema.json</c>.
/// To change it on purpose: <c>MESHMCP_UPDATE_GOLDEN=1 ./dev test StateSchemaTests</c>, then read the difference.
/// </summary>
public sealed class StateSchemaTests
{
    static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [Fact]
    public void The_published_schema_is_the_one_that_the_types_give()
    {
        var schema = StateSchema.Document.ToJsonString(Indented) + "\n";
        if (Environment.GetEnvironmentVariable("MESHMCP_UPDATE_GOLDEN") == "1") File.WriteAllText(Golden(), schema);

        Assert.Equal(File.ReadAllText(Golden()), schema);
    }

    [Fact]
    public void It_refuses_unknown_fields_and_knows_words_and_required_fields()
    {
        var schema = StateSchema.Document;
        Assert.False((bool)schema["additionalProperties"]!);
        Assert.Equal(NodeState.Sections.Append("modes").Append("version").Order(), schema["properties"]!.AsObject().Select(p => p.Key).Order());
        var bridge = schema["properties"]!["bridge"]!;
        Assert.Contains("netdev", bridge["properties"]!["datapath"]!["enum"]!.AsArray().Select(v => (string?)v));
        Assert.Contains("name", bridge["properties"]!["ports"]!["items"]!["required"]!.AsArray().Select(v => (string?)v));
    }

    static string Golden([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../../../docs/state.schema.json"));
}
