using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Edits;
using MeshMcp.HostBridge.Store;
using Xunit;

namespace MeshMcp.UnitTests.Store;

public sealed class NodeStoreTests : IDisposable
{
    readonly string _folder = Directory.CreateDirectory($"/dev/shm/meshmcp-{Guid.NewGuid():N}").FullName;

    [Fact]
    public async Task Whoever_reads_while_another_writes_sees_what_was_before_or_after_each_change()
    {
        var store = new NodeStore(_folder);
        await WhileWriting(number => store.Generations.Write(Confirmed(number, 0)), 1200, () =>
        {
            var newest = store.Generations.Confirmed;
            Assert.True(newest is null || store.Generations.List(1)[0].Generation.Number >= newest.Number);
        });
    }

    [Fact]
    public async Task The_desired_state_of_a_generation_has_exactly_its_edits_also_while_others_are_added()
    {
        var store = new NodeStore(_folder);
        await WhileWriting(number => store.Generations.Write(Confirmed(number, store.Edits.Append(number - 1, [new AddFlow($"priority=1,udp,tp_dst={number},actions=drop", "mesh")], default, "me", null))), 300, () =>
        {
            if (store.Generations.Confirmed is { } newest) Assert.Equal(newest.Number, FlowTable.Of(store.DesiredAt(newest), "mesh").Count);
        });
    }

    [Theory]
    [InlineData(3, 0, "10 9 8 1")]
    [InlineData(3, 5, "10 9 8 7 6 1")]
    [InlineData(100, 0, "10 9 8 7 6 5 4 3 2 1")]
    public void Old_generations_and_their_documents_are_forgotten_but_never_the_confirmed_one(int generations, int days, string left)
    {
        var store = new NodeStore(_folder, kept: new(generations, days));
        var documents = new Dictionary<string, string>();
        for (var number = 1; number <= 10; number++)
        {
            var document = store.Declared.Add(new() { Bridge = new() { Name = $"br{number}" } });
            documents[$"{number}"] = document;
            store.Write(new(new(number, number == 1 ? GenerationStatus.Confirmed : GenerationStatus.RolledBack, DateTimeOffset.UnixEpoch.AddDays(number), "me", null, document, 0, [])));
        }
        Assert.Equal(left, string.Join(' ', new NodeStore(_folder).Generations.List(100).Select(g => g.Generation.Number)));
        Assert.Equal(left.Split(' ').Order(), documents.Where(d => store.Declared.Has(d.Value)).Select(d => d.Key).Order());
    }

    [Fact]
    public void Why_an_edit_was_made_is_masked_as_all_other_words_are()
    {
        var store = new NodeStore(_folder, mask: text => text.Replace("hush", "***", StringComparison.Ordinal));

        store.Generations.Write(Confirmed(1, store.Edits.Append(0, [StoreFolder.Flow(1)], default, "me", "for hush", 1)));

        Assert.Equal("for ***", new NodeStore(_folder).Edits.Newest.Single().Why);
        Assert.DoesNotContain("hush", File.ReadAllText(Path.Combine(_folder, "journal.jsonl")), StringComparison.Ordinal);
    }

    [Fact]
    public void Of_changes_without_a_pause_the_newest_two_thousand_are_kept_and_listed_in_pages()
    {
        var store = new NodeStore(_folder, kept: new(3, 30));
        const int Extra = 5;
        for (var number = 1; number <= GenerationStore.Most + Extra; number++) store.Generations.Write(Confirmed(number, 0));

        Assert.Equal(GenerationStore.Most, store.Generations.All.Count);
        var seen = new List<int>();
        for (int? before = null; store.Generations.List(300, before) is { Count: > 0 } page; before = seen[^1]) seen.AddRange(page.Select(g => g.Generation.Number));
        Assert.Equal(Enumerable.Range(1 + Extra, GenerationStore.Most).Reverse(), seen);
    }

    static async Task WhileWriting(Action<int> write, int times, Action read)
    {
        var writing = Task.Run(() =>
        {
            for (var number = 1; number <= times; number++) write(number);
        });
        await Task.WhenAll([writing, .. Enumerable.Range(0, 3).Select(_ => Task.Run(() =>
        {
            while (!writing.IsCompleted) read();
        }))]);
    }

    static StoredGeneration Confirmed(int number, int head) => new(new(number, GenerationStatus.Confirmed, default, "me", null, DeclaredDocuments.Empty, head, []));

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
