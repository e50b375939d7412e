using System.Diagnostics;
using CliWrap;
using CliWrap.Buffered;
using Xunit;

namespace MeshMcp.EndToEndTests;

/// <summary>The official MCP conformance suite against the product's host layer, in a server of its own with the suite's fixtures.</summary>
public sealed class ConformanceTests : IAsyncLifetime
{
    const string Node = "MESHMCP_NODE", Suite = "MESHMCP_CONFORMANCE";

    static readonly TimeSpan Hangs = TimeSpan.FromMinutes(3);

    Process? _server;
    string? _url;

    public async ValueTask InitializeAsync()
    {
        if (Environment.GetEnvironmentVariable(Node) is null || Environment.GetEnvironmentVariable(Suite) is null) return;
        var output = new DirectoryInfo(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        _server = Start(Path.Combine(output.Parent!.Parent!.FullName, "ConformanceServer", output.Name, "ConformanceServer"));
        _url = await _server.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Hangs, TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is null) return;
        _server.Kill();
        await _server.WaitForExitAsync();
        _server.Dispose();
    }

    [Theory]
    [InlineData("2025-11-25")]
    [InlineData("2026-07-28")]
    public async Task Every_requirement_of_the_revision_is_met(string revision)
    {
        if (_url is null) Assert.Skip($"{Node} (a Node 22 program) and {Suite} (the suite's dist/index.js) are not set; ./dev test sets them");
        var ct = TestContext.Current.CancellationToken;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(Hangs);
        var suite = await Cli.Wrap(Environment.GetEnvironmentVariable(Node)!).WithArguments([Environment.GetEnvironmentVariable(Suite)!, "server", "--url", _url, "--requirements", revision])
            .WithValidation(CommandResultValidation.None).ExecuteBufferedAsync(limit.Token);
        Assert.True(suite.IsSuccess, $"{suite.StandardOutput}\n{suite.StandardError}");
    }

    static Process Start(string program)
    {
        var process = Process.Start(new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        // Nobody reads the server's log; a full pipe would stop it.
        process.BeginErrorReadLine();
        return process;
    }
}
