using System.Runtime.InteropServices;
using System.Security.Cryptography;
using MeshMcp.Contracts.Errors;

namespace MeshMcp.HostBridge.Host.Lxc;

/// <summary>
/// A server of LXC's images, in the form of images.linuxcontainers.org: an index with a line for each image
/// (<c>distribution;release;architecture;variant;build;/path/</c>), and at its path the root file system with checksums.
/// </summary>
sealed class ImageServer(Uri address)
{
    const string Index = "meta/1.0/index-system", Rootfs = "rootfs.tar.xz", Sums = "SHA256SUMS", DefaultVariant = "default";
    const int LargestList = 16 << 20;
    const long LargestRootfs = 4L << 30;
    /// <summary>What the node needs to go on changing its state.</summary>
    const long Reserve = 256L << 20;

    static readonly HttpClient Http = new() { Timeout = Timeout.InfiniteTimeSpan, MaxResponseContentBufferSize = LargestList };

    static string Architecture => RuntimeInformation.OSArchitecture == System.Runtime.InteropServices.Architecture.Arm64 ? "arm64" : "amd64";

    /// <exception cref="MeshException">InvalidArgument: no address, or one that anybody on the way could answer for.</exception>
    public static ImageServer At(string address) =>
        Uri.TryCreate(address.TrimEnd('/') + "/", UriKind.Absolute, out var uri) && (uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback)) ? new(uri)
            : throw new MeshException(ErrorKind.InvalidArgument, $"\"{address}\" is no https address.", "server", "Give one such as https://images.linuxcontainers.org.");

    /// <summary>Writes the root file system of the newest build to <paramref name="target"/>, checked.</summary>
    /// <param name="image"><c>alpine/3.19</c>, or with a variant <c>debian/bookworm/cloud</c>.</param>
    /// <exception cref="MeshException">NotFound with the releases there are; Unavailable; CommandFailed when what came is not what the server says it is.</exception>
    public async Task DownloadAsync(string image, string target, CancellationToken ct)
    {
        try
        {
            var folder = FolderOf(image, await Http.GetStringAsync(new Uri(address, Index), ct));
            var sum = (await Http.GetStringAsync(new Uri(folder, Sums), ct)).Split('\n').Select(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
                .FirstOrDefault(l => l is [_, Rootfs])?[0] ?? throw new MeshException(ErrorKind.Unavailable, $"{address.Host} has no checksum of {image}.", "image", "Try again later, or another image.");
            var came = await CopyAsync(new Uri(folder, Rootfs), target, ct);
            if (!came.Equals(sum, StringComparison.OrdinalIgnoreCase))
                throw new MeshException(ErrorKind.CommandFailed, $"What {address.Host} sent as {image} is not what its checksum says.", "image", "Try again; if it stays so, something on the way alters it.");
        }
        catch (HttpRequestException e)
        {
            throw new MeshException(ErrorKind.Unavailable, $"{address.Host} does not give {image}: {e.Message}", "server", "Is there a way to it from this node? Without one: meshctl template add NAME ROOTFS-OR-TARBALL.", e);
        }
    }

    Uri FolderOf(string image, string index)
    {
        var (distribution, release, variant) = image.Split('/') switch
        {
            [{ Length: > 0 } d, { Length: > 0 } r] => (d, r, DefaultVariant),
            [{ Length: > 0 } d, { Length: > 0 } r, { Length: > 0 } v] => (d, r, v),
            _ => throw new MeshException(ErrorKind.InvalidArgument, $"\"{image}\" names no image.", "image", "Give DISTRIBUTION/RELEASE, such as alpine/3.19."),
        };
        string[][] ours = [.. index.Split('\n').Select(l => l.Trim().Split(';')).Where(f => f.Length == 6 && f[2] == Architecture)];
        var found = ours.Where(f => f[0] == distribution && f[1] == release && f[3] == variant).Select(f => f[5].Trim('/')).LastOrDefault();
        if (found is not null && new Uri(address, $"./{found}/") is var folder && address.IsBaseOf(folder)) return folder;
        string[] others = [.. ours.Where(f => f[0] == distribution).Select(f => f[3] == DefaultVariant ? $"{f[0]}/{f[1]}" : $"{f[0]}/{f[1]}/{f[3]}").Distinct()];
        throw new MeshException(new MeshError(ErrorKind.NotFound, $"The server has no image {image} for {Architecture}.", "image",
            others.Length > 0 ? $"Of {distribution} it has: {string.Join(", ", others)}." : $"It has: {string.Join(", ", ours.Select(f => f[0]).Distinct().Order(StringComparer.Ordinal))}."));
    }

    /// <summary>A connection that breaks is the server's or the way's, not the disk's.</summary>
    static async Task<int> ReadAsync(Stream body, byte[] buffer, CancellationToken ct)
    {
        try
        {
            return await body.ReadAsync(buffer, ct);
        }
        catch (IOException e)
        {
            throw new HttpRequestException(e.Message, e);
        }
    }

    /// <summary>Returns the SHA-256 of what was written.</summary>
    static async Task<string> CopyAsync(Uri from, string target, CancellationToken ct)
    {
        using var answer = await Http.GetAsync(from, HttpCompletionOption.ResponseHeadersRead, ct);
        answer.EnsureSuccessStatusCode();
        var (length, free) = (answer.Content.Headers.ContentLength ?? 0, new DriveInfo(Path.GetDirectoryName(target)!).AvailableFreeSpace);
        if (length > free - Reserve) throw new MeshException(ErrorKind.Unavailable, $"{from} has {length >> 20} MiB, and {free >> 20} MiB are free here.", "image", "Make room, or choose a smaller variant.");
        await using var body = await answer.Content.ReadAsStreamAsync(ct);
        await using var file = new FileStream(target, FileMode.CreateNew, FileAccess.Write);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[128 * 1024];
        var most = Math.Min(LargestRootfs, free - Reserve);
        for (int read; (read = await ReadAsync(body, buffer, ct)) > 0;)
        {
            if (file.Position + read > most) throw new MeshException(ErrorKind.Unavailable, $"{from} is larger than the {most >> 20} MiB that it may have here.", "image", "Make room, or choose a smaller variant.");
            hash.AppendData(buffer, 0, read);
            await file.WriteAsync(buffer.AsMemory(0, read), ct);
        }
        file.Flush(flushToDisk: true);
        return Convert.ToHexString(hash.GetHashAndReset());
    }
}
