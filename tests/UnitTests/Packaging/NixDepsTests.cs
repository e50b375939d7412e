using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Xunit;

namespace MeshMcp.UnitTests.Packaging;

/// <summary>
/// Holds <c>nix/deps.json</c>, from which Nix fetches what the programs are built of, to what they are built of here.
/// To renew it: <c>MESHMCP_UPDATE_GOLDEN=1 ./dev test NixDeps</c>.
/// </summary>
public sealed class NixDepsTests
{
    static readonly string[] Projects = ["HostBridge", "Server", "Cli", "Tools", "Contracts"];

    static string Root([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../../.."));

    [Fact]
    public async Task Nix_fetches_the_packages_that_this_build_uses()
    {
        var ct = TestContext.Current.CancellationToken;
        var packages = new SortedDictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var project in Projects)
        {
            var assets = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(Root(), $"artifacts/obj/{project}/project.assets.json"), ct))!;
            var folder = assets["packageFolders"]!.AsObject().First().Key;
            foreach (var (name, library) in assets["libraries"]!.AsObject())
                // The SDK brings its own, of its own version.
                if ((string?)library!["type"] == "package" && !name.StartsWith("Microsoft.NET.ILLink", StringComparison.Ordinal)) packages[name] = Path.Combine(folder, name.ToLowerInvariant(), name.ToLowerInvariant().Replace('/', '.') + ".nupkg");
        }
        var file = Path.Combine(Root(), "nix/deps.json");
        var lines = await Task.WhenAll(packages.Select(async p => $$"""  { "pname": "{{p.Key.Split('/')[0]}}", "version": "{{p.Key.Split('/')[1]}}", "hash": "sha256-{{Convert.ToBase64String(SHA256.HashData(await File.ReadAllBytesAsync(p.Value, ct)))}}" }"""));
        var expected = $"[\n{string.Join(",\n", lines)}\n]\n";
        if (Environment.GetEnvironmentVariable("MESHMCP_UPDATE_GOLDEN") == "1") await File.WriteAllTextAsync(file, expected, ct);
        using var _ = JsonDocument.Parse(expected);
        Assert.Equal(expected, await File.ReadAllTextAsync(file, ct));
    }
}
