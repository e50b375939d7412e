using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Files;
using MeshMcp.HostBridge.Store;
using Xunit;

namespace MeshMcp.UnitTests.Store;

public sealed class NodeJournalTests : IDisposable
{
    readonly StoreFolder _folder = new();

    [Fact]
    public void A_line_torn_by_a_crash_swallows_no_later_edit()
    {
        new NodeStore(_folder.State).Edits.Append(0, [StoreFolder.Flow(1)], default, StoreFolder.By, null);
        File.AppendAllText(_folder.Journal, "{\"sum\":\"0123456789abcdef\",\"edits\":[{\"number\":2,\"par");
        var head = new NodeStore(_folder.State).Edits.Append(1, [StoreFolder.Flow(2)], default, StoreFolder.By, null);
        var store = new NodeStore(_folder.State);
        Assert.Equal(2, store.Edits.Up(head).Edits.Count);
        Assert.Empty(store.Corrupt);
    }

    [Fact]
    public void Nothing_of_a_moment_counts_before_its_end_and_nothing_ever_when_it_is_given_up()
    {
        var store = new NodeStore(_folder.State);
        var before = StoreFolder.View(store);
        using (store.Begin())
        {
            store.Declared.Add(StoreFolder.Document(1));
            store.Write(new(StoreFolder.Applying(1, DeclaredDocuments.Empty, store.Edits.Append(0, [StoreFolder.Flow(1)], default, StoreFolder.By, null))));
            Assert.Equal(before, StoreFolder.View(store));
        }
        Assert.Equal(before, StoreFolder.View(store));
        Assert.Equal(before, StoreFolder.View(new(_folder.State)));
        StoreFolder.Begin(store, StoreFolder.Document(2), StoreFolder.Flow(2));
        Assert.Equal(StoreFolder.View(store), StoreFolder.View(new(_folder.State)));
    }

    [Fact]
    public void What_could_not_be_written_does_not_count_and_hinders_nothing_that_comes_after()
    {
        var store = Filled();
        var before = StoreFolder.View(store);
        Failing(_ => true, () => Assert.Throws<IOException>(() => StoreFolder.Begin(store, StoreFolder.Document(3), StoreFolder.Flow(3))));
        Assert.Equal(before, StoreFolder.View(store));
        Assert.Equal(before, StoreFolder.View(new(_folder.State)));
        File.AppendAllText(_folder.Journal, "half a li");
        StoreFolder.Begin(store, StoreFolder.Document(3), StoreFolder.Flow(3));
        Assert.Equal(StoreFolder.View(store), StoreFolder.View(new(_folder.State)));
    }

    [Theory]
    [InlineData(".tmp")] // Before the new journal is in place.
    [InlineData("state")] // After: the folder cannot be synced.
    public void A_journal_that_cannot_be_written_anew_fails_no_change_and_loses_nothing(string ending)
    {
        var store = new NodeStore(_folder.State, largest: 500);
        Failing(file => file.EndsWith(ending, StringComparison.Ordinal), () => StoreFolder.Begin(store, StoreFolder.Document(1), StoreFolder.Flow(1)));
        Assert.Equal(StoreFolder.View(store), StoreFolder.View(new(_folder.State)));
        StoreFolder.End(store, GenerationStatus.Confirmed);
        StoreFolder.Begin(store, StoreFolder.Document(2), StoreFolder.Flow(2));
        Assert.Equal(StoreFolder.View(store), StoreFolder.View(new(_folder.State)));
        Assert.Equal("2 1", Numbers(store));
    }

    /// <summary>Line 1 opens the journal, 2 begins generation 1 and 3 ends it, 4 begins generation 2 and 5 ends it.</summary>
    [Theory]
    [InlineData(2, null, "")]
    [InlineData(3, 2, "2 1")]
    [InlineData(4, 1, "1")]
    [InlineData(5, 1, "2 1")]
    public void A_line_that_cannot_be_read_is_kept_aside_with_what_stands_on_it(int line, int? confirmed, string left)
    {
        Filled();
        var lines = File.ReadAllLines(_folder.Journal);
        Assert.Equal(5, lines.Length);
        lines[line - 1] = lines[line - 1].Replace("\"me\"", "\"you\"", StringComparison.Ordinal);
        File.WriteAllLines(_folder.Journal, lines);

        var store = new NodeStore(_folder.State);

        Assert.Equal((confirmed, left), (store.Generations.Confirmed?.Number, Numbers(store)));
        Assert.True(store.Generations.Next > 2);
        Assert.Equal(_folder.Journal + ".corrupt", Assert.Single(store.Corrupt));
        Assert.Empty(store.CorruptRecords);
        Assert.Contains(lines[line - 1], File.ReadAllLines(_folder.Journal + ".corrupt"));
        Assert.Equal(StoreFolder.View(store), StoreFolder.View(new(_folder.State)));
    }

    /// <summary>As after a step back to the version before.</summary>
    [Fact]
    public void What_a_newer_version_wrote_besides_is_left_out_and_all_else_of_its_lines_counts()
    {
        var before = StoreFolder.View(Filled());
        var lines = File.ReadAllLines(_folder.Journal);
        var places = 0;
        File.WriteAllLines(_folder.Journal, lines.Select(line =>
        {
            var record = JsonNode.Parse(line)!.AsObject();
            var sum = record.First().Key;
            record.Remove(sum);
            Widen(record);
            var content = record.ToJsonString()[1..];
            return $"{line[..line.IndexOf(':')]}:\"{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(content)))[..((string)JsonNode.Parse(line)![sum]!).Length]}\",{content}";
        }));

        var store = new NodeStore(_folder.State);

        Assert.InRange(places, 20, 1000);
        Assert.Empty(store.Corrupt);
        Assert.Equal(before, StoreFolder.View(store));

        void Widen(JsonNode? node)
        {
            if (node is JsonArray list) foreach (var member in list) Widen(member);
            if (node is not JsonObject fields) return;
            foreach (var (_, field) in fields.ToList()) Widen(field);
            fields["ofTomorrow"] = new JsonObject { ["a"] = 1 };
            places++;
        }
    }

    [Fact]
    public void A_journal_that_cannot_be_read_at_all_is_kept_aside_and_said()
    {
        Filled();
        var length = (int)new FileInfo(_folder.Journal).Length;
        File.WriteAllBytes(_folder.Journal, new byte[length]);
        var store = new NodeStore(_folder.State);
        Assert.Equal(_folder.Journal + ".corrupt", Assert.Single(store.Corrupt));
        Assert.Equal(length, new FileInfo(_folder.Journal + ".corrupt").Length);
        StoreFolder.Begin(store, StoreFolder.Document(1));
        Assert.Equal(StoreFolder.View(store), StoreFolder.View(new(_folder.State)));
    }

    [Fact]
    public void A_folder_of_version_0_1_0_is_read_and_becomes_a_journal()
    {
        _folder.WriteFormer();
        var store = new NodeStore(_folder.State);
        Assert.Equal("3 2 1", Numbers(store));
        Assert.Equal((4, 2, 3), (store.Generations.Next, store.Generations.Confirmed!.Number, store.Generations.Newest!.Generation.Number));
        Assert.Equal(StoreFolder.Before(3).State.Bridge!.Name, store.Generations.ReadSnapshot(3)!.State.Bridge!.Name);
        Assert.Equal(2, FlowTable.Of(store.DesiredAt(store.Generations.Newest.Generation), "mesh").Count);
        Assert.Equal("br1", store.DesiredAt(store.Generations.Confirmed).Bridge!.Name);
        Assert.Equal(["declared"], Directory.GetDirectories(_folder.State).Select(Path.GetFileName));
        Assert.Equal(["journal.jsonl"], Directory.GetFiles(_folder.State).Select(Path.GetFileName));
        Assert.Equal(StoreFolder.View(store), StoreFolder.View(new(_folder.State)));
        StoreFolder.End(store, GenerationStatus.RolledBack);
        Assert.Null(new NodeStore(_folder.State).Generations.ReadSnapshot(3));
    }

    [Fact]
    public void On_a_disk_that_cannot_be_written_a_folder_of_version_0_1_0_is_read_and_becomes_a_journal_when_it_can()
    {
        _folder.WriteFormer();
        NodeStore store = null!;
        Failing(_ => true, () =>
        {
            store = new(_folder.State);
            Assert.Equal("3 2 1", Numbers(store));
            Assert.Throws<IOException>(() => StoreFolder.End(store, GenerationStatus.Confirmed));
            Assert.Equal(GenerationStatus.Applying, store.Generations.Newest!.Generation.Status);
        });
        StoreFolder.End(store, GenerationStatus.Confirmed);
        Assert.Equal(StoreFolder.View(store), StoreFolder.View(new(_folder.State)));
        Assert.Equal("3 2 1", Numbers(store));
    }

    [Fact]
    public void What_cannot_be_read_of_version_0_1_0_is_kept_aside_and_its_number_not_given_again()
    {
        _folder.WriteFormer();
        File.WriteAllText(Path.Combine(_folder.State, "generations", "000003.json"), "{ \"gener");
        for (var start = 1; start <= 2; start++)
        {
            var store = new NodeStore(_folder.State);
            Assert.Equal(("2 1", 4), (Numbers(store), store.Generations.Next));
            Assert.EndsWith("generations/000003.json.corrupt", Assert.Single(store.Corrupt), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_long_journal_is_written_anew_and_its_documents_get_files_of_their_own()
    {
        var store = new NodeStore(_folder.State, largest: 20_000);
        for (var number = 1; number <= 60; number++)
        {
            StoreFolder.Begin(store, StoreFolder.Document(number % 3));
            StoreFolder.End(store, GenerationStatus.Confirmed);
        }
        Assert.InRange(new FileInfo(_folder.Journal).Length, 1, 45_000);
        Assert.Equal(3, Directory.GetFiles(Path.Combine(_folder.State, "declared")).Length);
        Assert.Equal(StoreFolder.View(store), StoreFolder.View(new(_folder.State)));
    }

    NodeStore Filled()
    {
        var store = new NodeStore(_folder.State);
        for (var number = 1; number <= 2; number++)
        {
            StoreFolder.Begin(store, StoreFolder.Document(number), StoreFolder.Flow(number));
            StoreFolder.End(store, GenerationStatus.Confirmed);
        }
        return store;
    }

    /// <summary>What is written meanwhile to one of <paramref name="files"/> fails, as on a full disk.</summary>
    static void Failing(Func<string, bool> files, Action write)
    {
        Durable.Watch.Value = (moment, file) =>
        {
            if (moment == DiskMoment.Written && files(file)) throw new IOException("No space left on device");
        };
        try
        {
            write();
        }
        finally
        {
            Durable.Watch.Value = null;
        }
    }

    static string Numbers(NodeStore store) => string.Join(' ', store.Generations.List(100).Select(g => g.Generation.Number));

    public void Dispose() => _folder.Dispose();
}
