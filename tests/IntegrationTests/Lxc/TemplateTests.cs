using System.Runtime.InteropServices;
using System.Security.Cryptography;
using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Lab;
using MeshMcp.TestKit;
using Xunit;

namespace MeshMcp.IntegrationTests.Lxc;

/// <summary>Templates out of tarballs and from an image server, which is busybox's own web server on the node, with files as LXC's server has them.</summary>
[Collection(ContainerLabs.Name)]
public sealed class TemplateTests(ContainerLab lab) : IAsyncLifetime
{
    const string Server = "http://127.0.0.1:8099", Name = "alpine-3.19";

    static readonly string Architecture = RuntimeInformation.OSArchitecture == System.Runtime.InteropServices.Architecture.Arm64 ? "arm64" : "amd64";

    readonly string _folder = Directory.CreateTempSubdirectory("meshmcp-images-").FullName;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    string Build => $"{_folder}/images/alpine/3.19/{Architecture}/default/20260101_13:00";

    string Tarball => $"{Build}/rootfs.tar.xz";

    public async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory($"{_folder}/meta/1.0");
        Directory.CreateDirectory(Build);
        await new Command(null, ["tar", "-cJf", Tarball, "-C", lab.Lab.FileIn(ContainerLab.Node, $"/var/lib/meshmcp/templates/{ContainerLab.Template}"), "."]).TextAsync(ct: Ct);
        await File.WriteAllTextAsync($"{_folder}/meta/1.0/index-system", $"alpine;3.18;{Architecture};default;20250101_13:00;/images/alpine/3.18/\nalpine;3.19;riscv64;default;1;/elsewhere/\nalpine;3.19;{Architecture};default;20260101_13:00;{Build[_folder.Length..]}/\n", Ct);
        await SumAsync(await File.ReadAllBytesAsync(Tarball, Ct));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var name in new[] { Name, "packed" })
            if ((await lab.Client.TemplatesAsync(default)).Templates.Any(t => t.Name == name)) await lab.Client.RemoveTemplateAsync(name, default);
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_container_is_made_from_an_image_that_was_downloaded_and_from_a_tarball_on_the_node()
    {
        using var server = lab.Lab.In(ContainerLab.Node, "busybox", "httpd", "-f", "-p", Server["http://".Length..], "-h", _folder).Start();
        try
        {
            Template? made = null;
            await Eventually.True(async () =>
            {
                made = await lab.Client.AddTemplateAsync(Name, new() { Image = "alpine/3.19", Server = Server }, Ct);
                return true;
            }, ContainerLab.Hangs, "the image server listens", Ct);
            Assert.Equal("tarball", made!.Kind);
            await lab.Client.AddTemplateAsync("packed", new() { Source = Tarball }, Ct);
            foreach (var (id, template) in new[] { ("160", Name), ("161", "packed") })
            {
                var item = ContainerLab.Item(id);
                await lab.EditAsync(new CreateContainer(item with { Properties = item.Properties with { Template = template } }));
                await lab.PingsAsync(id, "10.1.0.1");
                await lab.EditAsync(new DeleteContainer(id));
            }

            var unknown = (await Assert.ThrowsAsync<MeshException>(() => lab.Client.AddTemplateAsync("other", new() { Image = "alpine/4", Server = Server }, Ct))).Error;
            Assert.Equal((ErrorKind.NotFound, "Of alpine it has: alpine/3.18, alpine/3.19."), (unknown.Kind, unknown.Hint));
            await SumAsync([1, 2, 3]);
            var altered = (await Assert.ThrowsAsync<MeshException>(() => lab.Client.AddTemplateAsync("other", new() { Image = "alpine/3.19", Server = Server }, Ct))).Error;
            Assert.Contains("not what its checksum says", altered.Message, StringComparison.Ordinal);
            Assert.DoesNotContain((await lab.Client.TemplatesAsync(Ct)).Templates, t => t.Name == "other");
            Assert.DoesNotContain(Directory.EnumerateFileSystemEntries(lab.Lab.FileIn(ContainerLab.Node, "/var/lib/meshmcp/templates")), e => Path.GetFileName(e).StartsWith('.'));
        }
        finally
        {
            server.Kill(entireProcessTree: true);
            await server.WaitForExitAsync(CancellationToken.None);
        }
    }

    [Theory]
    [InlineData("http://192.0.2.1", "alpine/3.19", "no https address")]
    [InlineData("nonsense", "alpine/3.19", "no https address")]
    [InlineData("http://127.0.0.1:8098", "alpine/3.19", "does not give alpine/3.19")]
    public async Task What_cannot_be_downloaded_is_refused_with_the_reason(string server, string image, string reason)
    {
        var refused = await Assert.ThrowsAsync<MeshException>(() => lab.Client.AddTemplateAsync(Name, new() { Image = image, Server = server }, Ct));
        Assert.Contains(reason, refused.Message, StringComparison.Ordinal);
    }

    Task SumAsync(byte[] of) => File.WriteAllTextAsync($"{Build}/SHA256SUMS", $"{Convert.ToHexStringLower(SHA256.HashData([9]))}  meta.tar.xz\n{Convert.ToHexStringLower(SHA256.HashData(of))}  rootfs.tar.xz\n", Ct);
}
