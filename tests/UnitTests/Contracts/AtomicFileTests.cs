using System.Runtime.InteropServices;
using MeshMcp.Contracts.Files;
using Microsoft.Win32.SafeHandles;
using Xunit;

namespace MeshMcp.UnitTests.Contracts;

public sealed class AtomicFileTests : IDisposable
{
    readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("meshmcp-file-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public void A_file_is_replaced_whole_and_keeps_its_mode_with_nothing_beside_it()
    {
        var path = Path.Combine(folder.FullName, "state.json");
        AtomicFile.Write(path, "a longer first text"u8, AtomicFile.Public);
        Assert.Equal(AtomicFile.Public, File.GetUnixFileMode(path));
        AtomicFile.Write(path, "second"u8, AtomicFile.Secret);
        Assert.Equal("second", File.ReadAllText(path));
        Assert.Equal(AtomicFile.Public, File.GetUnixFileMode(path));
        AtomicFile.Write(path, "third"u8, new FileRights(AtomicFile.Secret));
        Assert.Equal(AtomicFile.Secret, File.GetUnixFileMode(path));
        Assert.Equal([path], Directory.GetFiles(folder.FullName));
    }

    [Fact]
    public void It_is_on_the_disk_before_it_takes_its_place_and_then_its_folder_is()
    {
        var path = Path.Combine(folder.FullName, "state.json");
        var moments = new List<string>();
        Durable.Watch.Value = (moment, what) => moments.Add($"{moment} {(what == folder.FullName ? "folder" : "file")} {File.Exists(path)}");

        AtomicFile.Write(path, "text"u8, AtomicFile.Secret);

        Assert.Equal(["Written file False", "Synced file False", "Written folder True", "Synced folder True"], moments);
    }

    [Fact]
    public void A_failed_write_keeps_what_was_there()
    {
        var path = Path.Combine(folder.FullName, "occupied");
        Directory.CreateDirectory(Path.Combine(path, "inside"));
        Assert.ThrowsAny<Exception>(() => AtomicFile.Write(path, "text"u8, AtomicFile.Secret));
        Assert.Equal([path], Directory.GetFileSystemEntries(folder.FullName));
    }

    [Fact]
    public async Task What_is_written_as_a_stream_is_replaced_whole_too_and_a_fault_on_the_way_leaves_nothing()
    {
        var path = Path.Combine(folder.FullName, "backup");
        await AtomicFile.WriteAsync(path, async stream => await stream.WriteAsync("first"u8.ToArray()), AtomicFile.Secret);
        await Assert.ThrowsAsync<InvalidOperationException>(() => AtomicFile.WriteAsync(path, async stream =>
        {
            await stream.WriteAsync("half"u8.ToArray());
            throw new InvalidOperationException();
        }, AtomicFile.Public));

        Assert.Equal("first", File.ReadAllText(path));
        Assert.Equal(AtomicFile.Secret, File.GetUnixFileMode(path));
        Assert.Equal([path], Directory.GetFiles(folder.FullName));
    }

    [Fact]
    public void A_file_is_given_to_its_user_and_group()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root gives files to others.");
        var (path, rights) = (Path.Combine(folder.FullName, "key"), new FileRights(AtomicFile.Secret, 4711, 4712));
        AtomicFile.Write(path, "key"u8, rights);
        Assert.Equal((rights, "key"), (FileRights.Of(path), File.ReadAllText(path)));
    }

    /// <summary>A file system gives content its place on the disk when it is synced, or some seconds later.</summary>
    [Fact]
    public void A_file_is_on_the_disk_before_it_takes_its_place()
    {
        // Beside this program: a folder for temporary files may lie in memory.
        var path = Path.Combine(AppContext.BaseDirectory, $"{Guid.NewGuid():N}.tmp");
        var content = new byte[64 * 1024];
        try
        {
            // A new file: one that is cut to nothing is written at once by some file systems, as is one that takes another's place.
            using (var plain = new FileStream(path, FileMode.CreateNew)) plain.Write(content);
            Assert.SkipUnless(IsInMemoryOnly(path), "This file system does not say, or writes at once.");
            File.Delete(path);

            AtomicFile.Write(path, content, AtomicFile.Secret);
            Assert.False(IsInMemoryOnly(path));
        }
        finally
        {
            File.Delete(path);
        }
    }

    static bool IsInMemoryOnly(string path)
    {
        const uint FieMap = 0xc020660b, NoPlaceYet = 4;
        const int Header = 32, Extent = 56, FlagsInExtent = 40;
        var map = new byte[Header + Extent];
        BitConverter.GetBytes(ulong.MaxValue).CopyTo(map, 8); // its whole length
        BitConverter.GetBytes(1).CopyTo(map, 24); // room for one extent
        using var file = File.OpenHandle(path);
        return Control(file, FieMap, map) == 0 && (BitConverter.ToUInt32(map, Header + FlagsInExtent) & NoPlaceYet) != 0;
    }

    [DllImport("libc", EntryPoint = "ioctl")]
    static extern int Control(SafeFileHandle file, nuint request, byte[] map);
}
