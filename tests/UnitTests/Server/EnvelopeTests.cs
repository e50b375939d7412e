using System.Text.Json;
using MeshMcp.Server.Mcp;
using Microsoft.AspNetCore.Http;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using Xunit;

namespace MeshMcp.UnitTests.Server;

public sealed class EnvelopeTests
{
    const string Stateless = "MCP-Protocol-Version: 2026-07-28", Session = "MCP-Protocol-Version: 2025-11-25";

    const string Meta = "\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\",\"io.modelcontextprotocol/clientCapabilities\":{}}";

    const string List = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\",\"params\":{" + Meta + "}}";
    const string Call = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"add_flow\"," + Meta + "}}";
    const string Read = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"resources/read\",\"params\":{\"uri\":\"mesh://topology\"," + Meta + "}}";
    const string Ping = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"params\":{" + Meta + "}}";
    const string BareList = """{"jsonrpc":"2.0","id":1,"method":"tools/list"}""";
    const string Answer = """{"jsonrpc":"2.0","id":1,"result":{}}""";
    const string Initialize = """{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18"}}""";
    const string Cancelled = """{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}""";
    const string NoCapabilities = """{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}""";

    public static TheoryData<string, string[]> Good => new()
    {
        { List, [Stateless, "Mcp-Method: tools/list"] },
        { Call, [Stateless, "Mcp-Method: tools/call", "Mcp-Name: add_flow"] },
        { Call, [Stateless, "Mcp-Method: tools/call", "Mcp-Name: =?base64?YWRkX2Zsb3c=?="] },
        { Read, [Stateless, "Mcp-Method: resources/read", "Mcp-Name: mesh://topology"] },
        { Cancelled, [Stateless, "Mcp-Method: notifications/cancelled"] },
        { BareList, [] },
        { BareList, [Session] },
        { Initialize, [] },
        { Answer, [Session] },
    };

    public static TheoryData<string, string[], int, int> Bad => new()
    {
        { BareList, ["MCP-Protocol-Version: 2031-01-01"], 400, -32022 },
        { List, [], 400, -32020 },
        { List, [Session], 400, -32020 },
        { BareList, [Stateless, "Mcp-Method: tools/list"], 400, -32602 },
        { List, [Stateless], 400, -32020 },
        { List, [Stateless, "Mcp-Method: tools/call"], 400, -32020 },
        { Call, [Stateless, "Mcp-Method: tools/call"], 400, -32020 },
        { Call, [Stateless, "Mcp-Method: tools/call", "Mcp-Name: delete_flow"], 400, -32020 },
        { Call, [Stateless, "Mcp-Method: tools/call", "Mcp-Name: =?base64?###?="], 400, -32020 },
        { NoCapabilities, [Stateless, "Mcp-Method: tools/list"], 400, -32602 },
        { Ping, [Stateless, "Mcp-Method: ping"], 404, -32601 },
        { Initialize, [Session], 400, -32020 },
    };

    [Theory, MemberData(nameof(Good))]
    public void A_message_that_agrees_with_its_headers_passes(string message, string[] headers) => Assert.Null(Check(message, headers));

    [Theory, MemberData(nameof(Bad))]
    public void A_message_that_breaks_a_rule_of_its_revision_is_refused(string message, string[] headers, int status, int code)
    {
        var refusal = Check(message, headers);
        Assert.Equal((status, code), (refusal?.Status, (int?)refusal?.Code));
    }

    [Fact]
    public void An_unknown_version_is_refused_with_the_versions_that_discover_offers() =>
        Assert.Equal("""["2026-07-28"]""", Check(BareList, ["MCP-Protocol-Version: 2031-01-01"])!.Detail!["supported"]!.ToJsonString());

    [Theory]
    [InlineData("Mcp-Param-Region: eu", null)]
    [InlineData("Mcp-Param-Region: us", -32020)]
    [InlineData("Mcp-Param-Region: =?base64?###?=", -32020)]
    [InlineData("X-Other: 1", -32020)]
    public void A_marked_argument_must_be_equal_in_its_header(string header, int? code)
    {
        using var schema = JsonDocument.Parse("""{"properties":{"region":{"type":"string","x-mcp-header":"Region"},"other":{"type":"string"}}}""");
        var call = Message("""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t","arguments":{"region":"eu","other":"x"}}}""");

        Assert.Equal(code, (int?)ParameterHeaders.Check(Headers([header]), call, schema.RootElement)?.Code);
    }

    static Refusal? Check(string message, string[] headers) => Envelope.Check(Headers(headers), Message(message));

    static JsonRpcMessage Message(string json) =>
        (JsonRpcMessage)JsonSerializer.Deserialize(json, McpJsonUtilities.DefaultOptions.GetTypeInfo(typeof(JsonRpcMessage)))!;

    static HeaderDictionary Headers(string[] lines)
    {
        var headers = new HeaderDictionary();
        foreach (var line in lines) headers[line[..line.IndexOf(':')]] = line[(line.IndexOf(':') + 2)..];
        return headers;
    }
}
