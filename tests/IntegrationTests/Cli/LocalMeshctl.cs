using MeshMcp.Cli.Commands;
using MeshMcp.TestKit;
using Xunit;

namespace MeshMcp.IntegrationTests.Cli;

/// <summary><c>meshctl</c> on a node, in this process.</summary>
static class LocalMeshctl
{
    public static async Task<(int Code, string Output, string Error)> RunAsync(PrivateNode node, params IReadOnlyList<string> words)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        return (await Meshctl.RunAsync([.. words, "--socket", node.Socket], output, error, TestContext.Current.CancellationToken), output.ToString(), error.ToString());
    }
}
