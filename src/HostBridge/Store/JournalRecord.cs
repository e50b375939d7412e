using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using MeshMcp.Contracts.State;

namespace MeshMcp.HostBridge.Store;

/// <summary>All that one moment of a change writes down: one line of the journal, which counts whole or not at all.</summary>
/// <param name="Sum">Over the rest of the line.</param>
/// <param name="Forgotten">Numbers of generations that are too old from here on.</param>
/// <param name="Given">Generations up to this number were there once, and it is not given again.</param>
public sealed record JournalRecord(
    string? Sum = null,
    StoredDocument? Document = null,
    IReadOnlyList<EditEntry>? Edits = null,
    StoredSnapshot? Snapshot = null,
    StoredGeneration? Generation = null,
    IReadOnlyList<int>? Forgotten = null,
    int? Given = null,
    IReadOnlyList<RevokedKey>? Revoked = null)
{
    const int SumDigits = 16;

    static ReadOnlySpan<byte> Before => "{\"sum\":\""u8;
    static ReadOnlySpan<byte> After => "\","u8;

    internal bool IsEmpty => this == new JournalRecord();

    /// <summary>Both in one.</summary>
    public JournalRecord With(JournalRecord other) => new(
        null,
        One(Document, other.Document),
        All(Edits, other.Edits),
        One(Snapshot, other.Snapshot),
        One(Generation, other.Generation),
        One(Forgotten, other.Forgotten),
        other.Given ?? Given,
        All(Revoked, other.Revoked));

    public byte[] ToLine()
    {
        var content = JsonSerializer.SerializeToUtf8Bytes(this with { Sum = null }, StoreJson.Default.JournalRecord).AsSpan(1);
        return [.. Before, .. Encoding.ASCII.GetBytes(SumOf(content)), .. After, .. content, (byte)'\n'];
    }

    /// <summary>Null when the line is not what was written.</summary>
    /// <param name="line">With its end.</param>
    public static JournalRecord? Read(ReadOnlySpan<byte> line)
    {
        var start = Before.Length + SumDigits + After.Length;
        if (line.Length <= start + 1 || line[^1] != '\n' || !line.StartsWith(Before)) return null;
        if (!Encoding.ASCII.GetBytes(SumOf(line[start..^1])).AsSpan().SequenceEqual(line.Slice(Before.Length, SumDigits))) return null;
        try
        {
            return JsonSerializer.Deserialize(line[..^1], StoreJson.Default.JournalRecord);
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            // Whole, but of another version.
            return null;
        }
    }

    static string SumOf(ReadOnlySpan<byte> content) => Convert.ToHexStringLower(SHA256.HashData(content))[..SumDigits];

    static IReadOnlyList<T>? All<T>(IReadOnlyList<T>? a, IReadOnlyList<T>? b) => a is null || b is null ? a ?? b : [.. a, .. b];

    static T? One<T>(T? a, T? b) where T : class =>
        a is null || b is null ? a ?? b : throw new InvalidOperationException($"One moment writes one {typeof(T).Name}.");
}

public sealed record StoredDocument(string Digest, NodeState State);

/// <param name="Generation">The one that it is undone with.</param>
public sealed record StoredSnapshot(int Generation, Snapshot Snapshot);

/// <summary>Where a line of the journal is.</summary>
public readonly record struct Place(long Start, int Length);
