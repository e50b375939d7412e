using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Files;
using Xunit;

namespace MeshMcp.UnitTests.Engine;

public sealed class GuardianRaceTests
{
    /// <summary>The guardian looks four times a second, also in the moment in which a change is written down and nobody has said yet that he is at it.</summary>
    [Fact]
    public async Task A_change_that_was_written_down_a_moment_ago_is_not_taken_for_what_a_crash_left()
    {
        using var node = new ModelNode { Largest = 1 };
        node.Boot("with a journal that is written anew at every record");
        using var looked = new ManualResetEventSlim();
        Task? looking = null;
        Durable.Watch.Value = (_, _) =>
        {
            if (looking is not null || node.Store.Generations.Newest?.Generation.Status != GenerationStatus.Applying) return;
            looking = Task.Run(async () =>
            {
                var undoing = node.Engine.UndoOverdueAsync();
                looked.Set();
                await undoing;
            }, TestContext.Current.CancellationToken);
            // As long as the guardian waits for the change, this passes in vain.
            looked.Wait(TimeSpan.FromMilliseconds(300), TestContext.Current.CancellationToken);
        };
        try
        {
            Assert.Null((await node.Apply(ModelNode.Declare("1"))).Error);
        }
        finally
        {
            Durable.Watch.Value = null;
        }

        Assert.NotNull(looking);
        await looking;
        Assert.Equal((GenerationStatus.Confirmed, "1"), (node.Engine.Read(1).Status, node.Ports()));
    }
}
