using System.Net;
using MeshMcp.Server.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace MeshMcp.UnitTests.Server;

public sealed class HostGuardTests
{
    static readonly HttpSettings Settings = new(IPEndPoint.Parse("10.1.0.200:9573"), AllowedHosts: ["mcp.example"], AllowedOrigins: ["https://pages.example"]);

    [Theory]
    [InlineData("localhost", true)]
    [InlineData("LOCALHOST:9573", true)]
    [InlineData("127.0.0.1:9573", true)]
    [InlineData("[::1]:9573", true)]
    [InlineData("10.1.0.200:9573", true)]
    [InlineData("mcp.example", true)]
    [InlineData("evil.example", false)]
    [InlineData("10.1.0.201:9573", false)]
    [InlineData("mcp.example.evil.example", false)]
    public async Task Only_a_request_to_a_known_host_passes(string host, bool passes) => Assert.Equal(passes, await PassesAsync(host, null));

    [Theory]
    [InlineData("http://mcp.example", true)]
    [InlineData("https://pages.example", true)]
    [InlineData("HTTPS://PAGES.example", true)]
    [InlineData("https://mcp.example", false)]
    [InlineData("http://pages.example", false)]
    [InlineData("https://evil.example", false)]
    [InlineData("null", false)]
    public async Task Only_a_page_of_the_server_itself_or_of_a_known_origin_passes(string origin, bool passes) => Assert.Equal(passes, await PassesAsync("mcp.example", origin));

    static async Task<bool> PassesAsync(string host, string? origin)
    {
        var passed = false;
        var context = new DefaultHttpContext { RequestServices = new ServiceCollection().BuildServiceProvider() };
        context.Request.Host = new(host);
        if (origin is not null) context.Request.Headers.Origin = origin;
        await new HostGuard(_ =>
        {
            passed = true;
            return Task.CompletedTask;
        }, Settings).InvokeAsync(context);
        Assert.Equal(passed ? 200 : 403, context.Response.StatusCode);
        return passed;
    }
}
