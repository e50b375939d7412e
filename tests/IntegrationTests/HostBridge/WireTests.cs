using System.Net;
using System.Text;
using System.Text.Json;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.Nodes;
using MeshMcp.TestKit;
using Xunit;

namespace MeshMcp.IntegrationTests.HostBridge;

/// <summary>The node's HTTP wire, as curl would use it.</summary>
public sealed class WireTests
{
    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("GET", "/v1/generations?limit=many", "", ErrorKind.InvalidArgument)]
    [InlineData("GET", "/v1/generations/7", "", ErrorKind.NotFound)]
    [InlineData("GET", "/v1/nothing", "", ErrorKind.NotFound)]
    [InlineData("GET", "/v1/state?view=upside-down", "", ErrorKind.InvalidArgument)]
    [InlineData("POST", "/v1/plan", "", ErrorKind.InvalidArgument)]
    [InlineData("POST", "/v1/plan", "null", ErrorKind.InvalidArgument)]
    [InlineData("POST", "/v1/plan", "{ nonsense", ErrorKind.InvalidArgument)]
    [InlineData("POST", "/v1/plan", """{ "edits": [ { "edit": "paintFlow" } ] }""", ErrorKind.InvalidArgument)]
    [InlineData("POST", "/v1/plan", """{ "edits": [ { "flow": "priority=1,actions=drop" } ] }""", ErrorKind.InvalidArgument)]
    [InlineData("POST", "/v1/plan", """{ "edits": [ null ] }""", ErrorKind.InvalidArgument)]
    [InlineData("POST", "/v1/apply", """{ "edits": [ { "edit": "addFlow" } ] }""", ErrorKind.InvalidArgument)]
    [InlineData("POST", "/v1/apply", """{ "edits": [ { "edit": "publishPort" } ] }""", ErrorKind.InvalidArgument)]
    [InlineData("POST", "/v1/apply", """{ "edits": [ { "edit": "setContainerRunning", "id": "105" } ] }""", ErrorKind.InvalidArgument)]
    [InlineData("POST", "/v1/apply", """{ "edits": [ { "edit": "createContainer", "container": { "id": "", "veth": "", "properties": { "services": [ null ] } } } ] }""", ErrorKind.InvalidArgument)]
    [InlineData("POST", "/v1/trace", "{}", ErrorKind.InvalidArgument)]
    public async Task What_cannot_be_understood_is_a_typed_error(string method, string path, string body, ErrorKind kind)
    {
        await using var node = await PrivateNode.StartAsync();
        using var http = Http(node);
        using var request = new HttpRequestMessage(new(method), path) { Content = method == "GET" ? null : new StringContent(body, Encoding.UTF8, "application/json") };
        using var answer = await http.SendAsync(request, Ct);
        Assert.Equal(kind, (await ErrorAsync(answer)).Kind);
    }

    [Fact]
    public async Task A_body_of_nine_megabytes_is_refused_and_the_next_request_is_served()
    {
        await using var node = await PrivateNode.StartAsync();
        using var http = Http(node);
        using var answer = await http.PostAsync("/v1/apply", new ByteArrayContent(new byte[9 * 1024 * 1024]), Ct);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
        Assert.Contains("8 MiB", (await ErrorAsync(answer)).Message);
        Assert.Empty(await node.Client.GenerationsAsync(10, Ct));
    }

    [Theory]
    [InlineData("Origin", "http://127.0.0.1")]
    [InlineData("Referer", "http://127.0.0.1/")]
    [InlineData("Sec-Fetch-Mode", "cors")]
    public async Task A_browser_is_refused(string header, string value)
    {
        await using var node = await PrivateNode.StartAsync();
        using var http = Http(node);
        http.DefaultRequestHeaders.Add(header, value);
        using var answer = await http.GetAsync("/v1/node", Ct);
        Assert.Equal(ErrorKind.PermissionDenied, (await ErrorAsync(answer)).Kind);
    }

    static HttpClient Http(PrivateNode node) => new(NodeTransport.Create(new NodeEndpoint.Local(node.Socket))) { BaseAddress = new("http://node/") };

    static async Task<MeshError> ErrorAsync(HttpResponseMessage answer) => JsonSerializer.Deserialize(await answer.Content.ReadAsStringAsync(Ct), MeshJson.Default.MeshError)!;
}
