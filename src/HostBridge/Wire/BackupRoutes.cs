using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.Trust;
using MeshMcp.HostBridge.Access;
using MeshMcp.HostBridge.Engine;
using MeshMcp.HostBridge.Store;

namespace MeshMcp.HostBridge.Wire;

/// <summary>Backups hold every secret of the node, so who makes or restores one is on the node, and its passphrase crosses no network.</summary>
public sealed class BackupRoutes(NodeEngine engine, SecretStore secrets, BridgeConfiguration configuration) : INodeRoutes
{
    const string Hidden = "(not shown)";

    public void Map(NodeRoutes routes)
    {
        routes.Operate(HttpMethod.Post, "/v1/backup", null, Scope.Admin, MeshJson.Default.BackupRequest, MeshJson.Default.BackupContent, (context, request) =>
        {
            RequireLocal(context);
            var backup = engine.Backup(configuration.Node, secrets.ReadAll());
            return Task.FromResult(new BackupContent(backup.Node, backup.Generation, backup.Edits.Count(e => e.Edit is not null), backup.Secrets.Count, SealedBackup.Seal(backup, request.Passphrase)));
        }, _ => new(Hidden));
        routes.Stream("/v1/restore", MeshJson.Default.RestoreRequest, r => r with { Content = [], Passphrase = Hidden }, _ => null, (caller, request) =>
        {
            if (!caller.IsLocal) throw NotHere();
            var backup = SealedBackup.Open(request.Content, request.Passphrase);
            return engine.Restore(backup, request.ConfirmWithin, request.Why ?? $"restore of {backup.Node}, {backup.At:u}", request.Force, () => secrets.Restore(backup.Secrets), caller);
        }, Scope.Admin);
    }

    static void RequireLocal(HttpContext context)
    {
        if (context.Features.Get<Peer>()!.Certificate is not null) throw NotHere();
    }

    static MeshException NotHere() => new(ErrorKind.PermissionDenied, "A backup is made and restored on the node itself, over its local socket.", "backup", "On the node: meshctl backup FILE, meshctl restore FILE");
}
