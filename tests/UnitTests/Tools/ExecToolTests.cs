using System.Text;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.Nodes;
using MeshMcp.TestServers;
using MeshMcp.Tools.Containers;
using ModelContextProtocol.Protocol;
using Xunit;

namespace MeshMcp.UnitTests.Tools;

/// <summary>What a program prints does not fill a model's context: beginning and end, with what is left out said in both forms.</summary>
public sealed class ExecToolTests
{
    const int EightKilobytes = 8 * 1024;

    static readonly System.Text.Json.JsonSerializerOptions Readable = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static TheoryData<string, string> Outputs => new()
    {
        { Lines("out", 9000), "" },
        { Lines("out", 9000), Lines("err", 5000) },
        { "short\n", new string('x', 64 * 1024) },
        { string.Concat(Enumerable.Repeat("\U0001F600\"\\é", 12_000)), Lines("err", 3) },
    };

    [Theory, MemberData(nameof(Outputs))]
    public async Task Long_output_is_shown_by_beginning_and_end_in_eight_kilobytes_of_either_form(string output, string errors)
    {
        var result = await RunAsync(new(0, output, errors, true));

        var (shown, shownErrors) = (result.StructuredContent!.Value.GetProperty("output").GetString()!, result.StructuredContent.Value.GetProperty("errorOutput").GetString()!);
        Assert.InRange(Encoding.UTF8.GetByteCount(result.Said()), EightKilobytes / 2, EightKilobytes);
        // As clients write it: quotes and line breaks by two bytes, all else by its own.
        var written = System.Text.RegularExpressions.Regex.Replace(System.Text.Json.Nodes.JsonNode.Parse(result.StructuredContent.Value.GetRawText())!.ToJsonString(Readable), @"\\u[0-9A-F]{4}", "xx");
        Assert.InRange(Encoding.UTF8.GetByteCount(written), EightKilobytes / 2, EightKilobytes);
        Assert.StartsWith(output[..6], shown, StringComparison.Ordinal);
        Assert.EndsWith(output[^6..], shown, StringComparison.Ordinal);
        if (errors.Length > 0) Assert.EndsWith(errors[^6..], shownErrors, StringComparison.Ordinal);
        var left = result.StructuredContent.Value.GetProperty("leftOut").GetInt32();
        Assert.Equal(left, Left(output, shown) + Left(errors, shownErrors));
        Assert.Contains($"{left} characters in the middle are left out; container_exec with max=200000 shows all, and runs it again.", result.Said(), StringComparison.Ordinal);
        Assert.Contains("the first 64 KiB of each stream are kept", result.Said(), StringComparison.Ordinal);
        Assert.DoesNotContain('\uFFFD', result.StructuredContent.Value.GetRawText());
    }

    [Fact]
    public async Task Short_output_is_whole_and_so_is_long_output_where_that_is_asked_for()
    {
        var output = Lines("out", 9000);

        Assert.Equal("exit code 0; what follows was printed in the container\none\n\nerror output:\ntwo\n", (await RunAsync(new(0, "one\n", "two\n", false))).Said());
        Assert.Equal(output, (await RunAsync(new(0, output, "", false), 200_000)).StructuredContent!.Value.GetProperty("output").GetString());
        Assert.Contains("500 to 200000", (await RunAsync(new(0, output, "", false), 5)).Refusal(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(500), InlineData(501), InlineData(5000)]
    public void Whatever_the_bound_all_is_shown_or_counted(int max)
    {
        foreach (var text in new[] { Lines("a", 2000), new string('\n', 20_000), string.Concat(Enumerable.Repeat("\U0001F600", 4000)) })
        {
            var (shown, errors, left) = Printed.Bounded(text, text, max);

            Assert.Equal(left, Left(text, shown) + Left(text, errors));
            Assert.InRange(Encoding.UTF8.GetByteCount(shown) + Encoding.UTF8.GetByteCount(errors), max / 4, max + 120);
            Assert.Equal(shown, Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(shown)));
        }
    }

    /// <summary>What the line in the middle says; and that head and tail are the text's own.</summary>
    static int Left(string text, string shown)
    {
        if (text == shown) return 0;
        var marked = System.Text.RegularExpressions.Regex.Match(shown, @"… ([0-9]+) characters are left out …\n");
        Assert.True(marked.Success, shown);
        var (head, tail) = (shown[..marked.Index], shown[(marked.Index + marked.Length)..]);
        var left = int.Parse(marked.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture);
        Assert.EndsWith("\n", head, StringComparison.Ordinal);
        if (head.Length + left + tail.Length > text.Length) head = head[..^1];
        Assert.Equal(text, head + text[head.Length..(head.Length + left)] + tail);
        return left;
    }

    static async Task<CallToolResult> RunAsync(ContainerExecResult printed, int? max = null)
    {
        await using var vps = await ScriptedNode.StartAsync();
        vps.Says("POST /v1/containers/100/exec", printed, MeshJson.Default.ContainerExecResult);
        await using var server = await ToolServer.StartAsync(("vps", vps.Endpoint));
        return await server.CallAsync("container_exec", ("node", "vps"), ("id", "100"), ("command", new[] { "true" }), ("max", max));
    }

    static string Lines(string word, int count) => string.Concat(Enumerable.Range(1, count).Select(i => $"{word} {i}\n"));
}
