using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Files;
using MeshMcp.Contracts.Nodes;

namespace MeshMcp.HostBridge.Store;

/// <summary>
/// Secrets that wait for whoever is to have them. One that goes by a link is in memory alone, known by the hash of its token, and given once; one that goes by
/// a file is on disk alone. Both are gone after a quarter of an hour, and when the agent ends.
/// </summary>
public sealed partial class Handovers : IDisposable
{
    public const int Most = 32;
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(15);

    const int TokenBytes = 32, PrefixBytes = 4;
    /// <summary>Whose a file is reaches it by its name; nobody else learns the name.</summary>
    const UnixFileMode Passage = AtomicFile.Secret | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    readonly string _folder;
    readonly TimeProvider _time;
    readonly ITimer _end;
    readonly Lock _gate = new();
    /// <summary>The oldest first.</summary>
    readonly List<Waiting> _waiting = [];

    /// <param name="Since">Timestamp of <see cref="TimeProvider.GetTimestamp"/>: setting the clock lengthens nothing.</param>
    sealed record Waiting(long Since, byte[] Hash, HandedOver? Secret, string Maker, string? File);

    /// <param name="folder">For files; what an agent that was killed left in it is taken away.</param>
    public Handovers(string folder, TimeProvider time)
    {
        (_folder, _time, _end) = (folder, time, time.CreateTimer(_ => EndThoseDue(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan));
        foreach (var left in Directory.Exists(folder) ? Directory.EnumerateFiles(folder).Where(f => Ours().IsMatch(Path.GetFileName(f))) : []) File.Delete(left);
    }

    /// <param name="maker">Who asked for it.</param>
    /// <param name="user">Whose the file is, where there is to be one; null: root's.</param>
    /// <exception cref="MeshException">Unavailable: the file could not be written.</exception>
    public Handover Keep(HandedOver secret, HandoverWay way, string maker, uint? user)
    {
        var token = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(TokenBytes));
        lock (_gate)
        {
            EndThoseDue();
            while (_waiting.Count >= Most) End(_waiting[0]);
            var file = way == HandoverWay.File ? Write(secret, user) : null;
            _waiting.Add(new(_time.GetTimestamp(), HashOf(token), file is null ? secret : null, maker, file));
            Wake();
            var until = _time.GetUtcNow() + Lifetime;
            return file is null ? new(until, Token: token) : new(until, File: file);
        }
    }

    /// <summary>Gives what waits for the token, which is good no more.</summary>
    /// <param name="kind">What alone is wanted; null: whatever it is.</param>
    /// <returns>With who had asked for it.</returns>
    /// <exception cref="MeshException">NotFound: nothing waits for it, or not any more. InvalidArgument: it is of another kind, and waits on.</exception>
    public (HandedOver Secret, string Maker) Open(string token, HandedKind? kind = null)
    {
        var hash = HashOf(token);
        lock (_gate)
        {
            EndThoseDue();
            Waiting? found = null;
            // All are looked at, each to its end: how long it takes tells nothing.
            foreach (var one in _waiting)
                if (CryptographicOperations.FixedTimeEquals(one.Hash, hash) && one.Secret is not null) found = one;
            if (found is null) throw NotThere;
            if (kind is not null && found.Secret!.Kind != kind)
                throw new MeshException(ErrorKind.InvalidArgument, $"This link leads to {found.Secret.What}, which is not what is asked for here. It was not opened, and is as good as before.", "token", "Give it to whom it is for; here, give another.");
            End(found);
            return (found.Secret!, found.Maker);
        }
    }

    public void Dispose()
    {
        _end.Dispose();
        lock (_gate)
            foreach (var one in _waiting.ToList()) End(one);
    }

    static MeshException NotThere => new(ErrorKind.NotFound, "This link is good no more: it was opened already, its quarter of an hour is over, or the node has started anew.", "token",
        "Ask whoever sent it for a new one. If you did not open it yourself, say so: somebody else may have the keys, and new ones must be made.");

    void EndThoseDue()
    {
        lock (_gate)
        {
            foreach (var one in _waiting.Where(w => _time.GetElapsedTime(w.Since) >= Lifetime).ToList()) End(one);
            Wake();
        }
    }

    /// <summary>What is over is forgotten by itself, and not only when somebody asks.</summary>
    void Wake()
    {
        if (_waiting is [var first, ..]) _end.Change(TimeSpan.FromTicks(Math.Max(0, (Lifetime - _time.GetElapsedTime(first.Since)).Ticks)), Timeout.InfiniteTimeSpan);
    }

    void End(Waiting one)
    {
        _waiting.Remove(one);
        try
        {
            if (one.File is { } file) File.Delete(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The next start of the agent takes it away.
        }
    }

    string Write(HandedOver secret, uint? user)
    {
        var path = Path.Combine(_folder, $"{RandomNumberGenerator.GetHexString(2 * PrefixBytes, lowercase: true)}-{Unfit().Replace(secret.Texts[0].File, "_")}");
        try
        {
            Directory.CreateDirectory(_folder, Passage);
            AtomicFile.Write(path, Encoding.UTF8.GetBytes(string.Concat(secret.Texts.Select(t => t.Text.TrimEnd('\n') + "\n"))), new FileRights(AtomicFile.Secret, user));
            return path;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new MeshException(ErrorKind.Unavailable, $"{secret.What} is made, but the file with its secret could not be written: {e.Message}", _folder, "Make room on the node; then ask for it again, or for new keys.", e);
        }
    }

    /// <summary>Names of what is handed over are other programs' too.</summary>
    [GeneratedRegex("[^A-Za-z0-9.-]")]
    private static partial Regex Unfit();

    [GeneratedRegex(@"\A[0-9a-f]{8}-[A-Za-z0-9._-]+\z")]
    private static partial Regex Ours();

    static byte[] HashOf(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}
