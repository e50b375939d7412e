using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.Trust;
using MeshMcp.HostBridge.Access;
using MeshMcp.HostBridge.Audit;
using Xunit;

namespace MeshMcp.UnitTests.Store;

public sealed class AuditLogTests : IDisposable
{
    readonly string _path = $"/dev/shm/meshmcp-{Guid.NewGuid():N}.jsonl";

    [Fact]
    public async Task Every_entry_carries_the_hash_of_the_one_before_it_over_a_restart_and_a_torn_line()
    {
        await WriteAsync("first");
        await WriteAsync("second");
        await File.AppendAllTextAsync(_path, "{\"number\":3,\"at\"");
        await WriteAsync("third");
        await WriteAsync("fourth");
        var entries = Open().Newest(10);
        Assert.Equal(["fourth", "third", "second", "first"], entries.Select(e => e.Action));
        foreach (var (later, earlier) in entries.Zip(entries.Skip(1))) Assert.Equal(earlier.Hash, later.Previous);
        Assert.All(entries, e => Assert.Equal(AuditLog.HashOf(e), e.Hash));
    }

    [Fact]
    public async Task A_refusal_is_written_down_and_thrown_on()
    {
        var audit = Open();
        await Assert.ThrowsAsync<MeshException>(() => audit.AboutAsync(() => throw new MeshException(ErrorKind.PermissionDenied, "no delegate"), "apply", new(), MeshJson.Default.RollbackRequest,
            _ => Task.FromResult(new Outcome("done", 1))));
        Assert.Equal("refused, PermissionDenied: no delegate", audit.Newest(1)[0].Outcome);
    }

    public void Dispose() => File.Delete(_path);

    AuditLog Open() => new(_path, "vps", TimeProvider.System);

    /// <summary>As an agent that was just started.</summary>
    Task WriteAsync(string action) => Open().AboutAsync(() => new Caller("uid 0", Scope.Admin, true, null, default), action, new RollbackRequest(), MeshJson.Default.RollbackRequest,
        _ => Task.FromResult(new Outcome("done", null)));
}
