using System.Security.Cryptography;
using System.Text;

namespace MeshMcp.TestKit;

/// <summary>A folder that apt takes packages from: made here, without a network.</summary>
public sealed class PackageSource(string folder)
{
    /// <summary>A package with one file, <c>/usr/share/NAME/version</c>.</summary>
    public async Task AddAsync(string name, string version, string depends = "")
    {
        var tree = Directory.CreateTempSubdirectory("meshmcp-deb-").FullName;
        try
        {
            Directory.CreateDirectory($"{tree}/DEBIAN");
            Directory.CreateDirectory($"{tree}/usr/share/{name}");
            await File.WriteAllTextAsync($"{tree}/usr/share/{name}/version", version + "\n");
            await File.WriteAllTextAsync($"{tree}/DEBIAN/control",
                $"Package: {name}\nVersion: {version}\nArchitecture: all\nMaintainer: Tests <tests@example.org>\n{(depends.Length == 0 ? "" : $"Depends: {depends}\n")}Description: a package for tests\n");
            await Run.ToEndAsync("dpkg-deb", ["--build", "--root-owner-group", tree, $"{folder}/{name}_{version}_all.deb"]);
        }
        finally
        {
            Directory.Delete(tree, recursive: true);
        }
        await IndexAsync();
    }

    async Task IndexAsync()
    {
        var packages = new StringBuilder();
        foreach (var file in Directory.GetFiles(folder, "*.deb").Order(StringComparer.Ordinal))
        {
            var control = await Run.ToEndAsync("dpkg-deb", ["--field", file]);
            var bytes = await File.ReadAllBytesAsync(file);
            packages.Append(control.TrimEnd()).Append($"\nFilename: ./{Path.GetFileName(file)}\nSize: {bytes.Length}\nSHA256: {Convert.ToHexStringLower(SHA256.HashData(bytes))}\n\n");
        }
        var index = Encoding.UTF8.GetBytes(packages.ToString());
        await File.WriteAllBytesAsync($"{folder}/Packages", index);
        // Without it a refresh ends with an error although it worked.
        await File.WriteAllTextAsync($"{folder}/Release", $"Date: {DateTimeOffset.UnixEpoch.AddYears(55):R}\nSHA256:\n {Convert.ToHexStringLower(SHA256.HashData(index))} {index.Length} Packages\n".Replace("GMT", "UTC", StringComparison.Ordinal));
    }
}
