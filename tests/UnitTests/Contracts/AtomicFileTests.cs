using MeshMcp.Contracts.Files;
using Xunit;

namespace MeshMcp.UnitTests.Contracts;

public sealed class AtomicFileTests : IDisposable
{
    readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("meshmcp-file-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public void A_file_is_replaced_whole_with_its_mode_and_nothing_beside_it()
    {
        var path = Path.Combine(folder.FullName, "state.json");
        AtomicFile.Write(path, "a longer first text"u8, AtomicFile.Public);
        Assert.Equal(AtomicFile.Public, File.GetUnixFileMode(path));
        AtomicFile.Write(path, "second"u8, AtomicFile.Secret);
        Assert.Equal("second", File.ReadAllText(path));
        Assert.Equal(AtomicFile.Secret, File.GetUnixFileMode(path));
        Assert.Equal([path], Directory.GetFiles(folder.FullName));
    }

    [Fact]
    public void A_failed_write_keeps_what_was_there()
    {
        var path = Path.Combine(folder.FullName, "occupied");
        Directory.CreateDirectory(Path.Combine(path, "inside"));
        Assert.ThrowsAny<Exception>(() => AtomicFile.Write(path, "text"u8, AtomicFile.Secret));
        Assert.Equal([path], Directory.GetFileSystemEntries(folder.FullName));
    }
}
