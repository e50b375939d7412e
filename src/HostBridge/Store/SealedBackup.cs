using System.Buffers.Binary;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using MeshMcp.Contracts.Errors;

namespace MeshMcp.HostBridge.Store;

/// <summary>
/// A backup sealed to a passphrase: a word and a version, the rounds of PBKDF2 (SHA-256), salt, nonce, length (these are authenticated too), then compressed JSON under AES-256-GCM
/// with its tag, then the SHA-256 of everything before, which tells a damaged file from a wrong passphrase.
/// </summary>
public static class SealedBackup
{
    const int Rounds = 600_000, MostRounds = 10_000_000, SaltBytes = 16, NonceBytes = 12, TagBytes = 16, KeyBytes = 32, LeastPassphrase = 8;
    const int Header = 8 + 4 + SaltBytes + NonceBytes + 4;
    const long Largest = 256 * 1024 * 1024;

    static ReadOnlySpan<byte> Word => "MESHBAK\u0001"u8;

    /// <exception cref="MeshException">InvalidArgument: the passphrase is too short.</exception>
    public static byte[] Seal(NodeBackup backup, string passphrase)
    {
        if (passphrase.Length < LeastPassphrase)
            throw new MeshException(ErrorKind.InvalidArgument, $"The passphrase has fewer than {LeastPassphrase} characters.", "passphrase", "Give a longer one: the backup holds every secret of the node.");
        var plain = Compressed(JsonSerializer.SerializeToUtf8Bytes(backup, StoreJson.Default.NodeBackup));
        var file = new byte[Header + plain.Length + TagBytes + SHA256.HashSizeInBytes];
        Word.CopyTo(file);
        BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(8), Rounds);
        RandomNumberGenerator.Fill(file.AsSpan(12, SaltBytes + NonceBytes));
        BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(Header - 4), plain.Length);
        using (var aes = Key(file, passphrase))
            aes.Encrypt(Nonce(file), plain, file.AsSpan(Header, plain.Length), file.AsSpan(Header + plain.Length, TagBytes), file.AsSpan(0, Header));
        SHA256.HashData(file.AsSpan(0, file.Length - SHA256.HashSizeInBytes), file.AsSpan(file.Length - SHA256.HashSizeInBytes));
        CryptographicOperations.ZeroMemory(plain);
        return file;
    }

    /// <exception cref="MeshException">InvalidArgument: no backup, a damaged one, one of another version, or another passphrase.</exception>
    public static NodeBackup Open(byte[] file, string passphrase)
    {
        if (file.Length < Header + TagBytes + SHA256.HashSizeInBytes || !file.AsSpan(0, 7).SequenceEqual(Word[..7])) throw Refused("This file is no backup of a node.", "Name a backup, whole and as it was written.");
        if (file[7] != Word[7]) throw Refused($"This backup is of version {file[7]}, and this program reads version {Word[7]}.", "Restore it with the program that wrote it.");
        var sealedBytes = file.AsSpan(0, file.Length - SHA256.HashSizeInBytes);
        var length = BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(Header - 4));
        var rounds = BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(8));
        if (!SHA256.HashData(sealedBytes).AsSpan().SequenceEqual(file.AsSpan(sealedBytes.Length)) || length != sealedBytes.Length - Header - TagBytes || rounds is < Rounds or > MostRounds)
            throw Refused("This backup is damaged: its content is not what was written.", "Take another copy of it.");
        var plain = new byte[length];
        try
        {
            using var aes = Key(file, passphrase);
            aes.Decrypt(Nonce(file), file.AsSpan(Header, length), file.AsSpan(Header + length, TagBytes), plain, file.AsSpan(0, Header));
        }
        catch (AuthenticationTagMismatchException e)
        {
            throw new MeshException(ErrorKind.PermissionDenied, "This is not the passphrase of the backup.", "passphrase", "Give the one that it was made with.", e);
        }
        return Read(plain);
    }

    static NodeBackup Read(byte[] plain)
    {
        try
        {
            return JsonSerializer.Deserialize(Expanded(plain), StoreJson.Default.NodeBackup) ?? throw new JsonException("it is null");
        }
        catch (Exception e) when (e is JsonException or InvalidDataException)
        {
            throw new MeshException(ErrorKind.InvalidArgument, $"This backup cannot be read by this version: {e.Message}", "backup", "Restore it with the program that wrote it.", e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plain);
        }
    }

    static AesGcm Key(byte[] file, string passphrase) => new(
        Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(passphrase), file.AsSpan(12, SaltBytes), BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(8)), HashAlgorithmName.SHA256, KeyBytes), TagBytes);

    static ReadOnlySpan<byte> Nonce(byte[] file) => file.AsSpan(12 + SaltBytes, NonceBytes);

    static byte[] Compressed(byte[] plain)
    {
        using var into = new MemoryStream();
        using (var gzip = new GZipStream(into, CompressionLevel.Optimal)) gzip.Write(plain);
        return into.ToArray();
    }

    static byte[] Expanded(byte[] compressed)
    {
        using var into = new MemoryStream();
        using var gzip = new GZipStream(new MemoryStream(compressed), CompressionMode.Decompress);
        var buffer = new byte[64 * 1024];
        for (int read; (read = gzip.Read(buffer)) > 0;)
        {
            if (into.Length + read > Largest) throw new InvalidDataException($"it has more than {Largest / 1024 / 1024} MiB");
            into.Write(buffer, 0, read);
        }
        return into.ToArray();
    }

    static MeshException Refused(string what, string hint) => new(ErrorKind.InvalidArgument, what, "backup", hint);
}
