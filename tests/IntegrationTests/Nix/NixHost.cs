using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.Json;
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
            var start = new ProcessStartInfo(Program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
            foreach (var (name, value) in new[] { ("NIX_PATH", ""), ("NIX_CONF_DIR", home.FullName), ("HOME", home.FullName), ("NIX_STATE_DIR", home.FullName), ("NIX_STORE_DIR", home.FullName) }) start.Environment[name] = value;
            using var nix = Process.Start(start)!;
            var (output, error) = (nix.StandardOutput.ReadToEndAsync(ct), nix.StandardError.ReadToEndAsync(ct));
            await nix.WaitForExitAsync(ct);
            return nix.ExitCode == 0 ? await output : throw new InvalidOperationException(await error);
        }
        finally
        {
            home.Delete(recursive: true);
        }
    }
}
