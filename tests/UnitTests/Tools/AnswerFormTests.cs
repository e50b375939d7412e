using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.Nodes;
using MeshMcp.TestServers;
using MeshMcp.Tools;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;
using Xunit;

namespace MeshMcp.UnitTests.Tools;

/// <summary>Some clients show their model the structured answer alone, others the text alone: for every tool each says everything, and neither more than it must.</summary>
public sealed partial class AnswerFormTests
{
    /// <summary>What of a structure is no word of it: phrases of the text, with what they are in the JSON. Nothing where they say that something is not there.</summary>
    static readonly (string Phrase, string Json)[] Phrases =
    [
        ("another program's", "\"ours\":false"), ("does not answer", "\"silent\""), ("does not answer", "\"serverAnswers\":false"), ("serves this server or the API", "\"serves\":true"),
        ("not there", "\"not-found\""), ("NOT running", "\"running\":false"), ("NOT configured", "\"configured\":false"), ("stopped", "\"running\":false"), ("may connect", "\"active\":true"),
        ("taken away", "\"removed\":true"), ("made so", "\"edit\":"), ("to be had", "\"available\":"), ("behind it", "\"egress\":"), ("the others do not know yet", "\"registered\":false"),
        ("no counters", "\"noTraffic\":"), ("waits", "\"active\":false"), ("device", "\"interface\":"), ("UDP", "\"listenPort\":"), ("deleted", "\"at\":"), ("ours", "\"ours\":"),
        ("not live yet", "\"live\":false"), ("(speaks for", "\"speaksFor\""), ("everybody", ""), ("absent", ""),
        ("no address", ""), ("no file", ""), ("not installed", ""), ("never heard", ""), ("no flow matches", ""), ("in no network", ""),
    ];

    static readonly HashSet<string> Glue = ["of", "on", "and", "at", "by", "to", "in", "the", "with", "for", "from", "ago", "until", "it", "out", "waits", "s", "b", "bytes", "z"];

    /// <summary>Members whose strings are sentences: the text has each of them.</summary>
    static readonly string[] Sentences = ["says", "message", "waits", "because", "problem", "hint", "how", "again", "summary", "verdict", "notes", "findings"];

    [Fact]
    public async Task No_word_of_the_text_is_missing_in_the_structure_and_no_sentence_of_the_structure_in_the_text()
    {
        var missing = new List<string>();
        await EachAsync((tool, result) =>
        {
            var (text, root) = (result.Said(), JsonNode.Parse(Raw(result))!);
            var (words, strings) = (new HashSet<string>(Glue), new HashSet<string>());
            Collect(root, words, strings);
            foreach (var line in text.Split('\n').Where(l => !strings.Contains(l.Trim())))
            {
                var rest = Phrases.Where(p => Raw(result).Contains(p.Json, StringComparison.Ordinal)).Aggregate(line, (l, p) => l.Replace(p.Phrase, " ", StringComparison.Ordinal));
                missing.AddRange(from word in WordsIn(rest)
                                 where !words.Contains(word) && !words.Contains($"{word}s") && !words.Contains(word.TrimEnd('s'))
                                 select $"{tool.Name}: '{word}' of the text's line \"{line}\" is not in the structure");
            }
            missing.AddRange(from sentence in SentencesIn(root, false)
                             where !text.Contains(Regex.Replace(sentence, @"\s", " "), StringComparison.Ordinal)
                             select $"{tool.Name}: \"{sentence}\" of the structure is not in the text");
        });
        Assert.True(missing.Count == 0, string.Join('\n', missing));
    }

    [Fact]
    public async Task Every_answer_begins_with_what_it_says_in_a_sentence() => await EachAsync((tool, result) =>
    {
        var says = result.StructuredContent!.Value.GetProperty("says");
        Assert.NotEqual(0, says.GetArrayLength());
        Assert.Equal("says", result.StructuredContent!.Value.EnumerateObject().First().Name);
        Assert.StartsWith(string.Join('\n', says.EnumerateArray().Select(s => s.GetString())), result.Said(), StringComparison.Ordinal);
    });

    [Fact]
    public async Task No_answer_has_nulls_empty_lists_or_what_its_schema_says_is_the_default_and_all_keep_to_their_schema() => await EachAsync((tool, result) =>
    {
        // A state is given back as it is.
        var answer = JsonNode.Parse(Raw(result))!.AsObject();
        answer.Remove("state");
        answer.Remove("schema");
        var raw = answer.ToJsonString(Readable);
        Assert.DoesNotContain(":null", raw, StringComparison.Ordinal);
        Assert.DoesNotContain(":[]", raw, StringComparison.Ordinal);
        foreach (var (name, usual) in Defaults(JsonNode.Parse(Catalogue.AnswerOf(tool.Name).GetRawText())))
            Assert.DoesNotContain($"\"{name}\":{usual},", raw, StringComparison.Ordinal);
        Demanded(tool.Name, JsonNode.Parse(Raw(result))!, JsonNode.Parse(Catalogue.AnswerOf(tool.Name).GetRawText())!);
    });

    [Theory]
    [InlineData(2, 900), InlineData(100, 12 * 1024)]
    public async Task Healthy_nodes_cost_little(int count, int most)
    {
        await using var node = await ScriptedNode.StartAsync();
        node.Says("GET /v1/node", RichNode.Healthy("node"), MeshJson.Default.NodeStatus);
        await using var server = await ToolServer.StartAsync(Enumerable.Range(1, count).Select(i => ($"node-{i:000}", node.Endpoint)));

        var result = await server.CallAsync("list_nodes");

        Assert.StartsWith($"{count} of {count} nodes answer", result.Said(), StringComparison.Ordinal);
        Assert.InRange(Raw(result).Length, 1, most);
        Assert.InRange(result.Said().Length, 1, most);
    }

    [Fact]
    public async Task Logs_of_containers_are_asked_of_the_node_only_where_the_caller_wants_lines()
    {
        await using var node = await RichNode.StartAsync();
        var asked = new List<string>();
        node.On("GET /v1/containers", context =>
        {
            asked.Add($"{context.Request.Query["lines"]}");
            return Microsoft.AspNetCore.Http.HttpResponseJsonExtensions.WriteAsJsonAsync(context.Response, new ContainerList([], []), MeshJson.Default.ContainerList);
        });
        await using var server = await ToolServer.StartAsync(("vps", node.Endpoint));

        await server.CallAsync("list_containers", ("node", "vps"));
        await server.CallAsync("list_containers", ("node", "vps"), ("lines", 5));

        Assert.Equal(["0", "5"], asked);
    }

    static async Task EachAsync(Action<Tool, CallToolResult> check)
    {
        await using var node = await RichNode.StartAsync();
        await using var server = await ToolServer.WithAsync(MeshTools.ToolsetNames, ("vps", node.Endpoint), ("away", new NodeEndpoint.Local("/nowhere/bridge.sock")));
        var tools = await server.Client.ListToolsAsync(cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(RichNode.Calls.Keys.Append(RichNode.Approved).Order(StringComparer.Ordinal), tools.Select(t => t.Name).Order(StringComparer.Ordinal));
        foreach (var (name, arguments) in RichNode.Calls)
            check(tools.Single(t => t.Name == name).ProtocolTool, await server.CallAsync(name, arguments));
    }

    static string Raw(CallToolResult result) => JsonNode.Parse(result.StructuredContent!.Value.GetRawText())!.ToJsonString(Readable);

    static readonly JsonSerializerOptions Readable = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    static void Collect(JsonNode? node, HashSet<string> words, HashSet<string> strings)
    {
        if (node is JsonObject members)
            foreach (var (name, value) in members)
            {
                words.UnionWith(WordsIn(name));
                Collect(value, words, strings);
            }
        else if (node is JsonArray items) foreach (var item in items) Collect(item, words, strings);
        else if (node is JsonValue value)
        {
            strings.Add(value.ToString());
            words.UnionWith(WordsIn(value.ToString()));
        }
    }

    static IEnumerable<string> SentencesIn(JsonNode? node, bool telling) => node switch
    {
        JsonObject members => members.SelectMany(m => SentencesIn(m.Value, Sentences.Contains(m.Key))),
        JsonArray items => items.SelectMany(i => SentencesIn(i, telling)),
        JsonValue value when telling && value.TryGetValue<string>(out var text) => [text],
        _ => [],
    };

    static IEnumerable<(string Name, string Usual)> Defaults(JsonNode? node) => node switch
    {
        JsonObject schema => schema.SelectMany(m => (m.Value is JsonObject member && member["default"] is { } usual ? [(m.Key, usual.ToJsonString())] : Array.Empty<(string, string)>()).Concat(Defaults(m.Value))),
        JsonArray items => items.SelectMany(Defaults),
        _ => [],
    };

    /// <summary>What clients check: everything that a schema demands is there.</summary>
    static void Demanded(string tool, JsonNode? node, JsonNode? schema)
    {
        if (node is JsonArray items) foreach (var item in items) Demanded(tool, item, schema?["items"]);
        if (node is not JsonObject members) return;
        foreach (var name in schema?["required"] as JsonArray ?? []) Assert.True(members.ContainsKey(name!.GetValue<string>()), $"{tool}: {name} is demanded and not there");
        foreach (var (name, value) in members) Demanded(tool, value, schema?["properties"]?[name]);
    }

    static IEnumerable<string> WordsIn(string text) => Word().Matches(text).Select(m => m.Value.ToLowerInvariant());

    /// <summary>Also those of camelCase names.</summary>
    [GeneratedRegex("[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+")]
    private static partial Regex Word();
}
