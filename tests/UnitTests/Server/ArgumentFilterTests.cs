using System.Text.Json;
using MeshMcp.Server.Mcp.Filters;
using Xunit;

namespace MeshMcp.UnitTests.Server;

public sealed class ArgumentFilterTests
{
    const string Schema = """
        {
          "type": "object",
          "properties": {
            "node": { "type": "string" },
            "flow": { "type": "string" },
            "limit": { "type": ["integer", "null"] },
            "dryRun": { "type": "boolean" },
            "view": { "type": "string", "enum": ["desired", "observed", "declared"] },
            "any": true
          },
          "required": ["node", "flow"]
        }
        """;

    [Theory]
    [InlineData("""{"node":"vps","flow":"x"}""")]
    [InlineData("""{"node":"vps","flow":"x","limit":5,"dryRun":true,"view":"desired","any":[1]}""")]
    [InlineData("""{"node":"vps","flow":"x","limit":null}""")]
    public void Valid_arguments_pass(string arguments) => Assert.Empty(Check(arguments));

    [Theory]
    [InlineData("""{"node":"vps"}""", "flow", "this argument is required")]
    [InlineData("""{"node":"vps","flow":1}""", "flow", "must be string, not 1")]
    [InlineData("""{"node":"vps","flow":"x","limit":1.5}""", "limit", "must be integer, not 1.5")]
    [InlineData("""{"node":"vps","flow":"x","dryRun":"yes"}""", "dryRun", "must be boolean, not string")]
    public void A_fault_is_told_with_its_argument(string arguments, string path, string message)
    {
        var problem = Assert.Single(Check(arguments));
        Assert.Equal((path, message), (problem.Path, problem.Message));
    }

    [Theory]
    [InlineData("""{"node":"vps","flow":"x","veiw":"desired"}""", "veiw", "view")]
    [InlineData("""{"node":"vps","flow":"x","view":"desird"}""", "view", "desired")]
    public void A_mistyped_name_is_refused_with_the_nearest(string arguments, string path, string nearest)
    {
        var problem = Assert.Single(Check(arguments));
        Assert.Equal(path, problem.Path);
        Assert.Contains(nearest, problem.Nearest!);
    }

    [Fact]
    public void Every_fault_is_told_at_once() => Assert.Equal(["nod", "view", "node", "flow"], Check("""{"nod":"vps","view":1}""").Select(p => p.Path));

    static IReadOnlyList<MeshMcp.Contracts.Errors.Problem> Check(string arguments)
    {
        using var schema = JsonDocument.Parse(Schema);
        return ArgumentFilter.Check(schema.RootElement, JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(arguments));
    }
}
