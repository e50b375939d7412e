using System.Security.Cryptography;
using System.Text;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.Trust;
using MeshMcp.HostBridge.Engine;
using MeshMcp.HostBridge.Store;

namespace MeshMcp.HostBridge.Wire;

/// <summary>Secrets come in and are listed by name; their content never leaves.</summary>
public sealed class SecretRoutes(SecretStore secrets, DriftSignal drift) : INodeRoutes
{
    public void Map(NodeRoutes routes)
    {
        routes.Read("/v1/secrets", MeshJson.Default.SecretList, _ => Task.FromResult(secrets.List()));
        routes.Operate(HttpMethod.Put, "/v1/secrets/{name}", null, Scope.Admin, MeshJson.Default.SecretContent, MeshJson.Default.StoredSecret, (context, content) =>
        {
            var stored = secrets.Put(NameOf(context), content.Kind, content.Value);
            // What waited for it can go on.
            drift.Raise();
            return Task.FromResult(stored);
        }, content => new($"sha256 {Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(content.Value)))[..16]}", content.Kind));
        routes.Delete("/v1/secrets/{name}", null, Scope.Admin, MeshJson.Default.StoredSecret, context => Task.FromResult(secrets.Delete(NameOf(context))));
    }

    static string NameOf(HttpContext context) => (string)context.Request.RouteValues["name"]!;
}
