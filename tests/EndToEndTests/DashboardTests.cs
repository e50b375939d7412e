using CliWrap;
using CliWrap.Buffered;
using MeshMcp.TestKit;
using Xunit;

namespace MeshMcp.EndToEndTests;

/// <summary>
/// Port 9574 as its users have it: curl through the internet, a person in headless Chromium.
/// <c>MESHMCP_SCREENSHOTS=$PWD/docs/screenshots ./dev test DashboardTests</c> takes the pictures of the documentation anew.
/// </summary>
public sealed class DashboardTests(LabFixture fixture)
{
    const string Node = "MESHMCP_NODE", Playwright = "MESHMCP_PLAYWRIGHT", Chromium = "/usr/bin/chromium", Public = "https://203.0.113.10:9574";

    static readonly TimeSpan Soon = TimeSpan.FromSeconds(60), Hangs = TimeSpan.FromMinutes(6);

    [Fact]
    public async Task Curl_with_a_token_does_in_one_call_what_a_tool_does_and_without_one_nothing()
    {
        await ReadyAsync();
        Assert.Contains("\"reachable\":2", await CurlAsync("/v1/nodes"));
        Assert.Contains("\"changed\":true", await CurlAsync("/v1/nodes/oo1424oo/flows", "--json", """{"flow":"priority=154,udp,tp_dst=5354,actions=drop"}"""));
        Assert.Contains("5354", await DumpAsync());
        Assert.Contains("\"changed\":true", await CurlAsync("/v1/nodes/oo1424oo/flows?flow=udp,tp_dst=5354", "-X", "DELETE"));
        Assert.DoesNotContain("5354", await DumpAsync());

        foreach (var path in new[] { "/v1/nodes", "/v1/nodes/vps/state", "/v1/openapi.json" })
            Assert.Contains("\"status\":401", await fixture.Lab.In("user", "curl", "-s", "-m", "20", "--cacert", Authority, $"{Public}{path}").TextAsync());
    }

    [Fact]
    public async Task A_person_adds_a_flow_sees_it_counted_traces_through_it_rolls_back_and_does_all_the_rest()
    {
        var node = Environment.GetEnvironmentVariable(Node);
        if (node is null || Environment.GetEnvironmentVariable(Playwright) is null || !File.Exists(Chromium))
            Assert.Skip($"{Node} (a Node 22 program), {Playwright} (the folder of playwright-core) are not set, or {Chromium} is not installed; ./dev test sees to it");
        await ReadyAsync();
        using var limit = new CancellationTokenSource(Hangs);
        var person = await Cli.Wrap(node).WithArguments([Path.Combine(AppContext.BaseDirectory, "Dashboard", "dashboard.mjs"), fixture.Started.Dashboard, fixture.Token, .. Pictures])
            .WithEnvironmentVariables(e => e.Set("MESHMCP_CHROMIUM", Chromium)).WithValidation(CommandResultValidation.None).ExecuteBufferedAsync(limit.Token);
        Assert.True(person.IsSuccess, $"{person.StandardOutput}\n{person.StandardError}");
    }

    static string[] Pictures => Environment.GetEnvironmentVariable("MESHMCP_SCREENSHOTS") is { Length: > 0 } folder ? [folder] : [];

    string Authority => $"{fixture.Lab.Site.Certificates}/ca.crt";

    Task ReadyAsync() => Eventually.True(async () => (await CurlAsync("/v1/nodes")).Contains("\"reachable\":2", StringComparison.Ordinal), Soon, "the API and both nodes answer");

    async Task<string> CurlAsync(string path, params IReadOnlyList<string> options) =>
        (await fixture.Lab.In("user", ["curl", "-s", "-m", "20", "--cacert", Authority, "-H", $"Authorization: Bearer {fixture.Token}", .. options, $"{Public}{path}"]).RunAsync()).Text;

    async Task<string> DumpAsync() => await fixture.Lab.In("oo1424oo", "ovs-ofctl", "--no-stats", "--no-names", "dump-flows", "mesh").TextAsync();
}
