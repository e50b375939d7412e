using System.Text.Json;
using System.Text.Json.Nodes;
using MeshMcp.Server.Mcp.Filters;
using MeshMcp.TestServers;
using MeshMcp.Tools;
using ModelContextProtocol.Protocol;
using Xunit;

namespace MeshMcp.UnitTests.Server;

/// <summary>What clients make of arguments, at every place of every tool: taken where it means one thing, refused clearly where not.</summary>
public sealed class MeantArgumentsTests
{
    static readonly IReadOnlyDictionary<string, Tool> Tools = Catalogue.All.Select(t => t.ProtocolTool).ToDictionary(t => t.Name);

    public static TheoryData<string> Names => [.. Tools.Keys.Order()];

    [Theory]
    [MemberData(nameof(Names))]
    public void What_means_a_number_a_flag_an_id_or_nothing_is_taken_as_that(string tool)
    {
        foreach (var (path, schema, required) in Places(Schema(tool)))
        {
            var types = ArgumentFilter.TypesOf(schema);
            (JsonNode? Sent, JsonNode? Meant)[] forms =
            [
                .. types.Contains("integer") ? [(JsonValue.Create("5"), JsonValue.Create(5)), (JsonNode.Parse("5.0"), JsonValue.Create(5))] : Array.Empty<(JsonNode?, JsonNode?)>(),
                .. types.Contains("boolean") ? [(JsonValue.Create("true"), JsonValue.Create(true)), (JsonValue.Create("False"), JsonValue.Create(false))] : Array.Empty<(JsonNode?, JsonNode?)>(),
                .. types.Contains("string") && !Catalogue.IsEnum(schema) ? [(JsonValue.Create(200), JsonValue.Create("200"))] : Array.Empty<(JsonNode?, JsonNode?)>(),
                .. Catalogue.IsEnum(schema) ? [(JsonValue.Create(Catalogue.Word(schema).ToUpperInvariant()), JsonValue.Create(Catalogue.Word(schema)))] : Array.Empty<(JsonNode?, JsonNode?)>(),
                .. types.Contains("array") || types.Contains("object") ? [(JsonValue.Create(Catalogue.Sample(schema)!.ToJsonString()), Catalogue.Sample(schema))] : Array.Empty<(JsonNode?, JsonNode?)>(),
                .. !required && types.Length > 0 && path[^1] is string ? [((JsonNode?)null, null)] : Array.Empty<(JsonNode?, JsonNode?)>(),
            ];
            foreach (var (sent, meant) in forms)
            {
                var arguments = Whole(tool, path, sent);
                var taken = MeantArguments.Of(Schema(tool), Elements(arguments));

                Assert.True(ArgumentFilter.Check(Schema(tool), taken).Count == 0, $"{tool} {string.Join('.', path)}: {arguments.ToJsonString()}: {string.Join("; ", ArgumentFilter.Check(Schema(tool), taken))}");
                var found = At(new JsonObject(taken.Select(t => KeyValuePair.Create(t.Key, JsonNode.Parse(t.Value.GetRawText())))), path);
                Assert.True(JsonNode.DeepEquals(meant, found), $"{tool} {string.Join('.', path)}: {found?.ToJsonString()}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Null_an_unknown_field_and_a_wrong_type_are_refused_clearly_at_every_place_and_are_no_defect(string tool)
    {
        await using var vps = await ScriptedNode.StartAsync();
        await using var server = await ToolServer.WithAsync(MeshTools.ToolsetNames, ("vps", vps.Endpoint));
        foreach (var (path, schema, required) in Places(Schema(tool)))
        {
            var types = ArgumentFilter.TypesOf(schema);
            var wrong = types.Contains("object") || types.Contains("array") ? JsonValue.Create(5) : (JsonNode)new JsonObject { ["odd"] = 1 };
            List<JsonObject> bad = types.Length == 0 ? [] : [Whole(tool, path, wrong)];
            if (required || path[^1] is int) bad.Add(Whole(tool, path, null));
            if (types.Contains("integer")) bad.AddRange([Whole(tool, path, JsonValue.Create(1.5)), Whole(tool, path, JsonValue.Create(5_000_000_000)), Whole(tool, path, JsonValue.Create("five"))]);
            // What is in a whole document the node judges.
            if (types.Contains("object") && schema.TryGetProperty("properties", out _))
            {
                var more = Catalogue.Sample(schema)!.AsObject();
                more["run"] = "x";
                bad.Add(Whole(tool, path, more));
            }
            foreach (var arguments in bad)
            {
                var said = (await server.Client.CallToolAsync(tool, arguments.ToDictionary(a => a.Key, a => (object?)a.Value), cancellationToken: TestContext.Current.CancellationToken)).Refusal();

                Assert.True(said.StartsWith("InvalidArgument", StringComparison.Ordinal) && !said.Contains("defect", StringComparison.Ordinal), $"{tool} {arguments.ToJsonString()}: {said}");
            }
        }
        Assert.Empty(vps.Seen);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_field_that_is_given_twice_is_told_and_none_of_the_two_is_taken(string tool)
    {
        foreach (var (path, _, _) in Places(Schema(tool)).Where(p => p.Path.Count > 1 && p.Path[^1] is string))
        {
            var twice = Whole(tool, path, JsonValue.Create("TWICE")).ToJsonString().Replace("\"TWICE\"", $"1,\"{path[^1]}\":2", StringComparison.Ordinal);
            foreach (var text in new[] { twice, Texted(twice) })
            {
                var problems = ArgumentFilter.Check(Schema(tool), MeantArguments.Of(Schema(tool), JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(text)!));

                Assert.Contains(problems, p => p.Path.EndsWith($".{path[^1]}", StringComparison.Ordinal) && p.Message == "this field is given twice");
            }

            // The same, with the argument that it is in as a text.
            string Texted(string whole)
            {
                var arguments = JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(whole)!;
                return new JsonObject(arguments.Select(a => KeyValuePair.Create(a.Key, (JsonNode?)(a.Key == (string)path[0] ? a.Value.GetRawText() : JsonNode.Parse(a.Value.GetRawText()))))).ToJsonString();
            }
        }
    }

    [Fact]
    public void What_means_what_it_says_is_not_copied()
    {
        var content = new string('x', 1 << 20);
        var given = Elements(new JsonObject { ["node"] = "vps", ["files"] = new JsonArray(new JsonObject { ["path"] = "/srv/x", ["content"] = content, ["mode"] = null }) });
        var same = Elements(new JsonObject { ["node"] = "vps", ["files"] = new JsonArray(new JsonObject { ["path"] = "/srv/x", ["content"] = content }) });

        Assert.True(Allocated(same) < content.Length / 4);
        Assert.True(Allocated(given) < content.Length * 8);

        static long Allocated(Dictionary<string, JsonElement> arguments)
        {
            MeantArguments.Of(Schema("create_container"), arguments);
            var before = GC.GetAllocatedBytesForCurrentThread();
            MeantArguments.Of(Schema("create_container"), arguments);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    [Fact]
    public void An_unknown_argument_and_an_unknown_field_name_those_there_are()
    {
        var problems = ArgumentFilter.Check(Schema("create_container"), Elements(new JsonObject { ["node"] = "vps", ["template"] = "x", ["services"] = new JsonArray(new JsonObject { ["name"] = "http", ["port"] = 80, ["run"] = "httpd" }) }));

        Assert.Equal(("services[0].run", "there is no such field; there are: name, port, protocol, command"), (problems.Single().Path, problems.Single().Message));
        Assert.Equal("there is no such argument; there are: node, interface, enabled, confirmWithin, why, dryRun", ArgumentFilter.Check(Schema("set_tunnel"), Elements(new JsonObject { ["node"] = "vps", ["interface"] = "warp0", ["enabled"] = true, ["x"] = 1 })).Single().Message);
    }

    /// <summary>Every argument and every place within: its path, its schema, whether it must be there.</summary>
    static IEnumerable<(IReadOnlyList<object> Path, JsonElement Schema, bool Required)> Places(JsonElement schema, IReadOnlyList<object>? at = null)
    {
        at ??= [];
        if (schema.ValueKind != JsonValueKind.Object) yield break;
        string[] required = schema.TryGetProperty("required", out var names) ? [.. names.EnumerateArray().Select(n => n.GetString()!)] : [];
        foreach (var property in schema.TryGetProperty("properties", out var properties) ? properties.EnumerateObject() : default)
        {
            yield return ([.. at, property.Name], property.Value, required.Contains(property.Name));
            foreach (var place in Places(property.Value, [.. at, property.Name])) yield return place;
        }
        if (!schema.TryGetProperty("items", out var items)) yield break;
        yield return ([.. at, 0], items, true);
        foreach (var place in Places(items, [.. at, 0])) yield return place;
    }

    /// <summary>Arguments that are right, but for what is at <paramref name="path"/>.</summary>
    static JsonObject Whole(string tool, IReadOnlyList<object> path, JsonNode? value)
    {
        var whole = Catalogue.Sample(Schema(tool))!.AsObject();
        whole["node"] = Schema(tool).GetProperty("properties").TryGetProperty("node", out _) ? "vps" : null;
        if (whole["node"] is null) whole.Remove("node");
        var at = (JsonNode)whole;
        foreach (var step in path.Take(path.Count - 1)) at = step is string name ? at[name]! : at[(int)step]!;
        if (path[^1] is string last) at[last] = value?.DeepClone();
        else at[(int)path[^1]] = value?.DeepClone();
        return whole;
    }

    static JsonNode? At(JsonNode? node, IReadOnlyList<object> path) => path.Aggregate(node, (n, step) => step is string name ? n![name] : n![(int)step]);

    static JsonElement Schema(string tool) => Tools[tool].InputSchema;

    static Dictionary<string, JsonElement> Elements(JsonObject arguments) => JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(arguments.ToJsonString())!;
}
