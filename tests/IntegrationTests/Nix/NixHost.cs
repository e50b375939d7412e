using System.Runtime.CompilerServices;
using System.Text.Json;
using CliWrap;
using CliWrap.Buffered;
using Xunit;

namespace MeshMcp.IntegrationTests.Nix;

/// <summary>A host of the folder <c>nix</c>, evaluated by Nix itself against the module system in <c>nix/tests</c>.</summary>
static class NixHost
{
    const string Program = "/usr/bin/nix-instantiate";

    public static string Folder([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../../../nix"));

    /// <param name="attribute"><c>state</c> or <c>system</c>.</param>
    /// <param name="extra">One more module, as Nix code.</param>
    /// <exception cref="InvalidOperationException">With Nix' error.</exception>
    public static async Task<JsonElement> EvaluateAsync(string host, string attribute, string extra = "{ }")
    {
        var json = await RunAsync("--eval", "--strict", "--json", Path.Combine(Folder(), "tests/eval.nix"), "--argstr", "host", host, "--arg", "extra", extra, "--attr", attribute);
        return JsonDocument.Parse(json).RootElement;
    }

    public static async Task<string> RunAsync(params string[] arguments)
    {
        if (!File.Exists(Program)) Assert.Skip($"needs {Program}: the Debian package nix-bin");
        var ct = TestContext.Current.CancellationToken;
        var home = Directory.CreateTempSubdirectory("nix");
        try
        {
            // Without a group of builders, which only building needs.
            await File.WriteAllTextAsync(Path.Combine(home.FullName, "nix.conf"), "build-users-group =\n", ct);
            var nix = await CliWrap.Cli.Wrap(Program).WithArguments(arguments).WithValidation(CommandResultValidation.None)
                .WithEnvironmentVariables(e => e.Set("NIX_PATH", "").Set("NIX_CONF_DIR", home.FullName).Set("HOME", home.FullName).Set("NIX_STATE_DIR", home.FullName).Set("NIX_STORE_DIR", home.FullName))
                .ExecuteBufferedAsync(ct);
            return nix.IsSuccess ? nix.StandardOutput : throw new InvalidOperationException(nix.StandardError);
        }
        finally
        {
            home.Delete(recursive: true);
        }
    }
}
