namespace MeshMcp.Contracts.Nodes;

/// <summary>Root file systems that containers of a node can be made from: <c>GET /v1/templates</c>.</summary>
public sealed record TemplateList(IReadOnlyList<Template> Templates);

/// <param name="Kind"><c>folder</c> or <c>tarball</c>.</param>
public sealed record Template(string Name, string Kind, DateTimeOffset At);

/// <summary>Body of <c>PUT /v1/templates/{name}</c>: one of the three.</summary>
public sealed record NewTemplate
{
    /// <summary>Absolute path, on the node, of a root file system: a folder or a tarball.</summary>
    public string? Source { get; init; }
    /// <summary><c>busybox</c>, <c>busybox-glibc</c> or <c>debian</c>.</summary>
    public string? Build { get; init; }
    /// <summary>An image of <see cref="Server"/>: <c>alpine/3.19</c>, or with a variant <c>debian/bookworm/cloud</c>.</summary>
    public string? Image { get; init; }
    /// <summary>In the form of LXC's own.</summary>
    public string Server { get; set; } = LxcImages;

    public const string LxcImages = "https://images.linuxcontainers.org";
}
