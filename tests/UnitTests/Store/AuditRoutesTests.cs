using System.Net;
using System.Text;
using System.Text.Json;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.State;
using MeshMcp.Contracts.Trust;
using MeshMcp.HostBridge.Access;
using MeshMcp.HostBridge.Audit;
using MeshMcp.HostBridge.Store;
using MeshMcp.HostBridge.Wire;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace MeshMcp.UnitTests.Store;

/// <summary>What servers report of their own refusals.</summary>
public sealed class AuditRoutesTests : IAsyncDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("meshmcp-reports-").FullName;
    readonly AuditLog _audit;
    readonly SecretStore _secrets;
    readonly AuditRoutes _routes;
    readonly WebApplication _app;
    readonly HttpClient _client = new();

    public AuditRoutesTests()
    {
        _audit = new(_folder, "vps", TimeProvider.System);
        _secrets = new(Path.Combine(_folder, "secrets"));
        _routes = new(_audit, new());
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton(_secrets);
        _app = builder.Build();
        _app.UseMiddleware<Errors>(_audit);
        _routes.Map(new NodeRoutes(_app, null!, _audit, _ => new("server/mcp", Scope.Read, false, null, default) { Says = "alice" }));
    }

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        _audit.Dispose();
        await _app.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_report_is_one_line_of_the_audit_however_long_and_whatever_is_in_it()
    {
        await _app.StartAsync(Ct);
        Assert.Equal(HttpStatusCode.OK, await ReportAsync("add_flow", "no\nscope" + new string('x', 600)));

        var entry = Assert.Single(_audit.Search(new()));
        Assert.Equal(("add_flow", "server/mcp", "alice", $"refused by the server: noscope{new string('x', 493)}"), (entry.Action, entry.Caller, entry.Says, entry.Outcome));
    }

    [Fact]
    public async Task Reports_of_the_same_are_counted_and_those_that_the_server_counted_too()
    {
        await _app.StartAsync(Ct);
        for (var i = 0; i < 60; i++) Assert.Equal(HttpStatusCode.OK, await ReportAsync("add_flow", "no scope"));
        await ReportAsync("add_flow", "no scope", 250);
        Assert.Single(_audit.Search(new()));
        _audit.Dispose();
        Assert.StartsWith("refused 309 times more", _audit.Search(new()).First().Outcome);
    }

    [Fact]
    public async Task A_server_may_have_counted_a_million_and_no_more()
    {
        await _app.StartAsync(Ct);
        await ReportAsync("add_flow", "no scope");
        await ReportAsync("add_flow", "no scope", int.MaxValue);
        _audit.Dispose();
        Assert.StartsWith("refused 1000000 times more", _audit.Search(new()).First().Outcome);
    }

    [Theory]
    [InlineData("limit=10000", HttpStatusCode.OK)]
    [InlineData("limit=1", HttpStatusCode.OK)]
    [InlineData("limit=10001", HttpStatusCode.BadRequest)]
    [InlineData("limit=0", HttpStatusCode.BadRequest)]
    [InlineData("limit=many", HttpStatusCode.BadRequest)]
    [InlineData("before=0", HttpStatusCode.OK)]
    [InlineData("before=9223372036854775807", HttpStatusCode.OK)]
    [InlineData("before=-1", HttpStatusCode.BadRequest)]
    [InlineData("before=first", HttpStatusCode.BadRequest)]
    public async Task A_search_takes_numbers_within_their_bounds_and_refuses_what_is_none(string query, HttpStatusCode expected)
    {
        await _app.StartAsync(Ct);
        using var answer = await _client.GetAsync($"{_app.Urls.Single()}/v1/audit?{query}", Ct);
        Assert.Equal(expected, answer.StatusCode);
    }

    [Fact]
    public async Task What_is_taken_along_is_each_line_as_it_is_on_disk()
    {
        await _app.StartAsync(Ct);
        await ReportAsync("add_flow", "no scope");
        await ReportAsync("add_flow", "no node");
        // A hash is over what was written then, whatever is a secret since.
        _secrets.Put("later", SecretKind.File, "refused by the server");

        var lines = (await _client.GetStringAsync($"{_app.Urls.Single()}/v1/audit/export", Ct)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonSerializer.Deserialize(l, MeshJson.Default.String));
        Assert.Equal(await File.ReadAllLinesAsync(Path.Combine(_folder, "audit.jsonl"), Ct), lines);
    }

    async Task<HttpStatusCode> ReportAsync(string tool, string reason, int count = 1)
    {
        using var body = new StringContent(JsonSerializer.Serialize(new(tool, reason, count), MeshJson.Default.RefusalReport), Encoding.UTF8, "application/json");
        using var answer = await _client.PostAsync($"{_app.Urls.Single()}/v1/audit/refusals", body, Ct);
        return answer.StatusCode;
    }
}
