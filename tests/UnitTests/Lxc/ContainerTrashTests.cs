using MeshMcp.Contracts.Errors;
using MeshMcp.HostBridge.Host.Lxc;
using MeshMcp.HostBridge.Systems.Lxc;
using MeshMcp.UnitTests.Engine;
using Xunit;

namespace MeshMcp.UnitTests.Lxc;

public sealed class ContainerTrashTests
{
    static readonly DateTimeOffset Now = new(2026, 11, 22, 0, 0, 0, TimeSpan.Zero);
    static readonly TrashedFolder[] Trash = [Deleted("100", 6), Deleted("101", 7), Deleted("102", 8)];

    [Fact]
    public void What_was_deleted_stays_seven_days() => Assert.Equal(["102"], ContainerTrash.Due(Trash, waits: false, Now).Select(t => t.Id));

    [Fact]
    public void Nothing_goes_while_a_change_waits() => Assert.Empty(ContainerTrash.Due(Trash, waits: true, Now));

    [Fact]
    public async Task Nothing_is_purged_while_a_change_waits()
    {
        using var node = new ModelNode();
        var trash = new ContainerTrash(new(null!, null!, TimeProvider.System), node.Engine, TimeProvider.System);
        await node.Apply(ModelNode.Declare("10", confirmWithin: 30));

        var refusal = await Assert.ThrowsAsync<MeshException>(() => trash.PurgeAsync("no-such", default));
        Assert.Equal(ErrorKind.Conflict, refusal.Error.Kind);

        node.Engine.Confirm(1, new(), ModelNode.Root);
        refusal = await Assert.ThrowsAsync<MeshException>(() => trash.PurgeAsync("no-such", default));
        Assert.Equal(ErrorKind.NotFound, refusal.Error.Kind);
    }

    [Fact]
    public void A_container_without_an_identity_gets_one_that_stays_and_is_no_others()
    {
        var root = Directory.CreateTempSubdirectory("meshmcp-folders-").FullName;
        try
        {
            foreach (var id in new[] { "100", "101" }) Directory.CreateDirectory(Path.Combine(root, id));
            var seen = new string?[8];
            Parallel.For(0, seen.Length, i => seen[i] = ContainerFolders.Identify("100", root));

            Assert.NotNull(Assert.Single(seen.Distinct()));
            Assert.NotEqual(seen[0], ContainerFolders.Identify("101", root));
            Assert.Null(ContainerFolders.Identify("102", root));
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    static TrashedFolder Deleted(string id, int days) => new(id, "", Now.AddDays(-days), null);
}
