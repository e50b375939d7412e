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
        Task? looking = null;
        Durable.Watch.Value = (_, _) =>
        {
            if (looking is not null || node.Store.Generations.Newest?.Generation.Status != GenerationStatus.Applying) return;
            var looked = new TaskCompletionSource<Task>(TaskCreationOptions.RunContinuationsAsynchronously);
            looking = looked.Task.Unwrap();
            var guardian = new Thread(() => looked.SetResult(node.Engine.UndoOverdueAsync()));
            guardian.Start();
            // It has looked, or stands before a lock until the change says that it is at it.
            SpinWait.SpinUntil(() => looked.Task.IsCompleted || guardian.ThreadState.HasFlag(ThreadState.WaitSleepJoin));
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
