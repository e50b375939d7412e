using System.Net.Http.Json;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.State;

namespace MeshMcp.Contracts.Nodes;

public sealed partial class NodeClient
{
    public Task<SecretList> SecretsAsync(CancellationToken ct) => GetAsync("v1/secrets", MeshJson.Default.SecretList, ct);

    public Task<StoredSecret> PutSecretAsync(string name, SecretKind kind, string value, CancellationToken ct) =>
        CallAsync(HttpMethod.Put, $"v1/secrets/{Uri.EscapeDataString(name)}", JsonContent.Create(new SecretContent(value, kind), MeshJson.Default.SecretContent), MeshJson.Default.StoredSecret, ct);

    public Task<StoredSecret> DeleteSecretAsync(string name, CancellationToken ct) =>
        CallAsync(HttpMethod.Delete, $"v1/secrets/{Uri.EscapeDataString(name)}", null, MeshJson.Default.StoredSecret, ct);
}
