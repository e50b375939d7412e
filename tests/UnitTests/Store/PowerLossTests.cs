using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Files;
using MeshMcp.HostBridge.Store;
using MeshMcp.UnitTests.Engine;
using Xunit;

namespace MeshMcp.UnitTests.Store;

/// <summary>The power goes at every moment of every write: what a new agent finds on the disk is what was before the write, or all of it.</summary>
public sealed class PowerLossTests : IDisposable
{
    readonly StoreFolder _folder = new();
    readonly List<(DiskMoment Moment, string File, string Copy)> _cuts = [];

    [Fact]
    public void A_power_cut_at_any_moment_of_any_write_leaves_what_was_before_it_or_after_it()
    {
        var store = new NodeStore(_folder.State, kept: new(4, 0), largest: 6000);
        Action[] writes =
        [
            () => StoreFolder.Begin(store, StoreFolder.Document(1)),
            () => StoreFolder.End(store, GenerationStatus.Confirmed),
            () => StoreFolder.Begin(store, null, StoreFolder.Flow(1)),
            () => StoreFolder.End(store, GenerationStatus.AwaitingConfirmation),
            () => StoreFolder.End(store, GenerationStatus.Confirmed),
            () => StoreFolder.Begin(store, StoreFolder.Document(2), StoreFolder.Flow(2), StoreFolder.Flow(3)),
            () => store.Generations.WriteSnapshot(3, StoreFolder.Before(4)),
            () => StoreFolder.End(store, GenerationStatus.RolledBack),
            .. Enumerable.Range(4, 6).SelectMany(number => new Action[]
            {
                () => StoreFolder.Begin(store, StoreFolder.Document(number), StoreFolder.Flow(number)),
                () => StoreFolder.End(store, number % 3 == 0 ? GenerationStatus.RolledBack : GenerationStatus.Confirmed),
            }),
        ];
        foreach (var write in writes)
        {
            var (before, length) = (StoreFolder.View(store), new FileInfo(_folder.Journal).Length);
            Watched(write);
            CheckCuts(before, StoreFolder.View(store), length);
        }
        Assert.Contains(Directory.GetFiles(Path.Combine(_folder.State, "declared")), f => f.EndsWith(".json", StringComparison.Ordinal));
        Assert.Empty(store.Corrupt);
    }

    [Fact]
    public void A_power_cut_while_a_folder_of_version_0_1_0_is_read_loses_nothing()
    {
        _folder.WriteFormer();
        NodeStore? store = null;
        Watched(() => store = new(_folder.State));
        var all = StoreFolder.View(store!);
        Assert.All(_cuts, cut => Assert.Equal(all, StoreFolder.View(new(cut.Copy))));
        Assert.Contains(_cuts, c => c.Moment == DiskMoment.Synced);
    }

    [Fact]
    public async Task A_change_is_synced_once_before_its_steps_and_once_after_them()
    {
        using var node = new ModelNode();
        var told = new List<string>();
        node.System.BeforeStep = _ => told.Add("step");
        Durable.Watch.Value = (moment, _) =>
        {
            if (moment == DiskMoment.Synced) told.Add("sync");
        };
        try
        {
            await node.Apply(ModelNode.Declare("1 2"));
            await node.Apply(ModelNode.Add("3"));
        }
        finally
        {
            Durable.Watch.Value = null;
        }
        Assert.Equal("sync step step sync sync step sync", string.Join(' ', told));
    }

    /// <summary>Keeps the folder as it is at every moment that the disk hears of, and at the end.</summary>
    void Watched(Action write)
    {
        Durable.Watch.Value = Keep;
        try
        {
            write();
        }
        finally
        {
            Durable.Watch.Value = null;
        }
        Keep(DiskMoment.Written, "the end");

        void Keep(DiskMoment moment, string file)
        {
            var copy = Path.Combine(_folder.Root, $"cut{_cuts.Count}");
            StoreFolder.Copy(_folder.State, copy);
            _cuts.Add((moment, file, copy));
        }
    }

    /// <param name="length">Of the journal before.</param>
    void CheckCuts(string before, string after, long length)
    {
        var done = false;
        foreach (var (moment, file, copy) in _cuts)
        {
            // Not yet synced, any part of the line may be there.
            if (moment == DiskMoment.Written && file == _folder.Journal) CheckTorn(copy, before, length);
            done |= moment == DiskMoment.Synced && file == _folder.Journal;
            var found = StoreFolder.View(new(copy));
            if (done || found != before) Assert.Equal(after, found);
        }
        Assert.True(done);
        _cuts.Clear();
    }

    void CheckTorn(string copy, string before, long length)
    {
        var (torn, whole) = (Path.Combine(_folder.Root, "torn"), File.ReadAllBytes(Path.Combine(copy, "journal.jsonl")));
        StoreFolder.Copy(copy, torn);
        for (var end = (int)length; end < whole.Length; end++)
        {
            File.WriteAllBytes(Path.Combine(torn, "journal.jsonl"), whole[..end]);
            Assert.Equal(before, StoreFolder.View(new(torn)));
        }
        // The length arrives before the content, and what comes next is whole again.
        File.WriteAllBytes(Path.Combine(torn, "journal.jsonl"), [.. whole[..((int)length + 20)], .. new byte[whole.Length]]);
        var store = new NodeStore(torn);
        Assert.Equal(before, StoreFolder.View(store));
        store.Edits.Append(0, [StoreFolder.Flow(99)], default, StoreFolder.By, null);
        Assert.Equal(StoreFolder.View(store), StoreFolder.View(new(torn)));
    }

    public void Dispose() => _folder.Dispose();
}
