using System.Globalization;
using System.Text.Json;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Engine;
using MeshMcp.HostBridge.Store;

namespace MeshMcp.UnitTests.Store;

/// <summary>A state folder in memory, changes as the engine writes them, and all that can be asked of a store, in words.</summary>
sealed class StoreFolder : IDisposable
{
    public const string By = "me";
    public static readonly DateTimeOffset Began = DateTimeOffset.UnixEpoch;

    public string Root { get; } = Directory.CreateDirectory($"/dev/shm/meshmcp-{Guid.NewGuid():N}").FullName;

    public string State => Path.Combine(Root, "state");
    public string Journal => Path.Combine(State, "journal.jsonl");

    public static NodeState Document(int number) => new() { Bridge = new() { Name = $"br{number}" } };

    public static AddFlow Flow(int number) => new($"priority=1,udp,tp_dst={number},actions=drop", "mesh");

    public static Snapshot Before(int number) => new(["openflow"], Document(1000 + number));

    public static Generation Applying(int number, string document, int head) => new(number, GenerationStatus.Applying, Began.AddDays(number), By, null, document, head, []);

    /// <summary>The first write of a change: all in one.</summary>
    public static Generation Begin(NodeStore store, NodeState? document, params IReadOnlyList<Edit> edits)
    {
        using var moment = store.Begin();
        var (number, confirmed) = (store.Generations.Next, store.Generations.Confirmed);
        var digest = document is null ? confirmed?.Declared ?? DeclaredDocuments.Empty : store.Declared.Add(document);
        var generation = Applying(number, digest, store.Edits.Append(confirmed?.Head ?? 0, edits, Began, By, null, number));
        store.Generations.WriteSnapshot(number, Before(number));
        store.Write(new(generation));
        moment.Commit();
        return generation;
    }

    public static void End(NodeStore store, GenerationStatus status) => store.Write(new(store.Generations.Newest!.Generation with { Status = status }));

    public static string View(NodeStore store)
    {
        var generations = store.Generations.List(int.MaxValue);
        return string.Join('\n',
        [
            $"next {store.Generations.Next}, confirmed {store.Generations.Confirmed?.Number}",
            .. generations.Select(g => JsonSerializer.Serialize(g, StoreJson.Default.StoredGeneration)),
            .. generations.Select(g => $"{g.Generation.Number}: {JsonSerializer.Serialize(store.DesiredAt(g.Generation), MeshJson.Default.NodeState)} {DeclaredDocuments.DigestOf(store.Declared.Read(g.Generation.Declared))}"),
            .. generations.Select(g => store.Generations.ReadSnapshot(g.Generation.Number)).OfType<Snapshot>().Select(s => JsonSerializer.Serialize(s, StoreJson.Default.Snapshot)),
            .. store.Edits.Newest.Select(e => JsonSerializer.Serialize(e, StoreJson.Default.EditEntry)),
            .. store.Corrupt.Select(Path.GetFileName),
        ]);
    }

    /// <summary>A folder as version 0.1.0 wrote it: generation 1 with a document, 2 with an edit on it, 3 with another, half done.</summary>
    public void WriteFormer()
    {
        var generations = Directory.CreateDirectory(Path.Combine(State, "generations")).FullName;
        var digest = DeclaredDocuments.DigestOf(Document(1));
        File.WriteAllBytes(Path.Combine(Directory.CreateDirectory(Path.Combine(State, "declared")).FullName, digest + ".json"), JsonSerializer.SerializeToUtf8Bytes(Document(1), MeshJson.Default.NodeState));
        for (var number = 1; number <= 3; number++)
        {
            var stored = new StoredGeneration(Applying(number, digest, number - 1) with { Status = number < 3 ? GenerationStatus.Confirmed : GenerationStatus.Applying });
            File.WriteAllBytes(Path.Combine(generations, Name(number) + ".json"), JsonSerializer.SerializeToUtf8Bytes(stored, StoreJson.Default.StoredGeneration));
            if (number > 1) File.AppendAllText(Path.Combine(State, "edits.jsonl"), JsonSerializer.Serialize(new EditEntry(number - 1, number - 2, Began, By, null, Flow(number), number), StoreJson.Default.EditEntry) + "\n");
        }
        File.WriteAllBytes(Path.Combine(generations, Name(3) + ".snapshot.json"), JsonSerializer.SerializeToUtf8Bytes(Before(3), StoreJson.Default.Snapshot));
    }

    static string Name(int number) => number.ToString("D6", CultureInfo.InvariantCulture);

    public static void Copy(string from, string to)
    {
        if (Directory.Exists(to)) Directory.Delete(to, recursive: true);
        Directory.CreateDirectory(to);
        foreach (var folder in Directory.GetDirectories(from, "*", SearchOption.AllDirectories)) Directory.CreateDirectory(folder.Replace(from, to, StringComparison.Ordinal));
        foreach (var file in Directory.GetFiles(from, "*", SearchOption.AllDirectories)) File.Copy(file, file.Replace(from, to, StringComparison.Ordinal));
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
