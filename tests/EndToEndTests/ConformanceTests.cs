using System.Diagnostics;
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
        using var suite = Start(Environment.GetEnvironmentVariable(Node)!, Environment.GetEnvironmentVariable(Suite)!, "server", "--url", _url, "--requirements", revision);
        try
        {
            var (report, faults) = (suite.StandardOutput.ReadToEndAsync(ct), suite.StandardError.ReadToEndAsync(ct));
            await suite.WaitForExitAsync(ct).WaitAsync(Hangs, ct);
            Assert.True(suite.ExitCode == 0, $"{await report}\n{await faults}");
        }
        finally
        {
            if (!suite.HasExited) suite.Kill(entireProcessTree: true);
        }
    }

    static Process Start(string program, params string[] arguments)
    {
        var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        // Nobody reads the server's log; a full pipe would stop it.
        if (arguments.Length == 0) process.BeginErrorReadLine();
        return process;
    }
}
