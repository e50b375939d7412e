using System.Security.Cryptography;
using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Errors;
using MeshMcp.HostBridge.Store;
using Xunit;

namespace MeshMcp.UnitTests.Store;

public sealed class SealedBackupTests
{
    const string Passphrase = "correct horse";
    static readonly NodeBackup Backup = new("vps", new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero), 7, new() { Bridge = new() { Address = "10.1.0.1/24" } },
        [new(3, 0, default, "me", "why", new AddFlow("priority=1,ip,actions=drop", "mesh"), 2), new(4, 3, default, "me", null, null, 3, new([3], []))],
        new Dictionary<string, string> { ["warp-profile"] = "secret content" });
    static readonly byte[] File = SealedBackup.Seal(Backup, Passphrase);

    [Fact]
    public void What_was_sealed_is_read_again_and_nothing_of_it_shows()
    {
        Assert.Equivalent(Backup, SealedBackup.Open(File, Passphrase), strict: true);
        Assert.DoesNotContain("secret", System.Text.Encoding.Latin1.GetString(File));
        Assert.NotEqual(File, SealedBackup.Seal(Backup, Passphrase));
    }

    [Fact]
    public void Another_passphrase_is_named_as_such() => Assert.Equal(ErrorKind.PermissionDenied, Refusal(File, "correct horsf").Kind);

    [Theory]
    [InlineData(0, "no backup")]
    [InlineData(7, "version")]
    [InlineData(9, "damaged")]
    [InlineData(20, "damaged")]
    [InlineData(100, "damaged")]
    [InlineData(-1, "damaged")]
    public void A_changed_byte_anywhere_is_noticed(int at, string said)
    {
        byte[] file = [.. File];
        file[at < 0 ? ^1 : at] ^= 1;
        Assert.Contains(said, Refusal(file, Passphrase).Message);
    }

    [Fact]
    public void Cut_off_files_are_refused() => Assert.All([0, 10, 60, 120, File.Length - 1], length => Refusal(File[..Math.Min(length, File.Length - 1)], Passphrase));

    [Fact]
    public void Who_changes_the_header_and_the_sum_still_does_not_get_past_the_tag()
    {
        byte[] file = [.. File];
        file[11] += 1;
        SHA256.HashData(file.AsSpan(0, file.Length - 32), file.AsSpan(file.Length - 32));
        Assert.Equal(ErrorKind.PermissionDenied, Refusal(file, Passphrase).Kind);
    }

    [Fact]
    public void A_short_passphrase_is_refused() => Assert.Throws<MeshException>(() => SealedBackup.Seal(Backup, "short"));

    static MeshError Refusal(byte[] file, string passphrase) => Assert.Throws<MeshException>(() => SealedBackup.Open(file, passphrase)).Error;
}
