using System.Net.Http.Json;
using MeshMcp.Contracts.Json;

namespace MeshMcp.Contracts.Nodes;

public sealed partial class NodeClient
{
    /// <summary>A distribution is fetched from its packages, or as an image.</summary>
    static readonly TimeSpan BuiltWithin = TimeSpan.FromMinutes(16);

    public Task<TemplateList> TemplatesAsync(CancellationToken ct) => GetAsync("v1/templates", MeshJson.Default.TemplateList, ct);

    public Task<Template> AddTemplateAsync(string name, NewTemplate template, CancellationToken ct) =>
        CallAsync(HttpMethod.Put, $"v1/templates/{Uri.EscapeDataString(name)}", JsonContent.Create(template, MeshJson.Default.NewTemplate), MeshJson.Default.Template, ct, BuiltWithin);

    public Task<TemplateList> RemoveTemplateAsync(string name, CancellationToken ct) =>
        CallAsync(HttpMethod.Delete, $"v1/templates/{Uri.EscapeDataString(name)}", null, MeshJson.Default.TemplateList, ct);
}
