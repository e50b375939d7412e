using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.Trust;
using MeshMcp.HostBridge.Access;
using MeshMcp.HostBridge.Engine;
using MeshMcp.HostBridge.Host.Lxc;
using MeshMcp.HostBridge.Wire;

namespace MeshMcp.HostBridge.Systems.Lxc;

/// <summary>The node's templates. They are taken from the node's own disk, so who adds one must be on the node.</summary>
public sealed class TemplateRoutes(TemplateFolder templates, DriftSignal drift) : INodeRoutes
{
    public void Map(NodeRoutes routes)
    {
        routes.Read("/v1/templates", MeshJson.Default.TemplateList, _ => Task.FromResult(new TemplateList(templates.List())));
        // Building may take minutes, and nothing of the node's state depends on it: healing must not wait for it.
        routes.Operate(HttpMethod.Put, "/v1/templates/{name}", "lxc", Scope.Admin, MeshJson.Default.NewTemplate, MeshJson.Default.Template, async (context, asked) =>
        {
            if (context.Features.Get<Peer>()!.Certificate is not null) throw new MeshException(ErrorKind.PermissionDenied, "A template is added on the node itself, over its local socket.", "source", "On the node: meshctl template add NAME ROOTFS-OR-TARBALL");
            var name = NameOf(context);
            var made = asked switch
            {
                { Source: { } source, Build: null } => await templates.AddAsync(name, source, context.RequestAborted),
                { Source: null, Build: "busybox" or "busybox-glibc" } => await templates.BuildBusyboxAsync(name, asked.Build == "busybox-glibc", context.RequestAborted),
                { Source: null, Build: "debian" } => await templates.BuildDebianAsync(name, context.RequestAborted),
                { Source: null, Build: null, Image: { } image } => await templates.DownloadAsync(name, asked.Server, image, context.RequestAborted),
                _ => throw new MeshException(ErrorKind.InvalidArgument, "A template comes from a source, is built (busybox, busybox-glibc, debian), or downloaded.", "build", "Give source (a path on this node), build, or image (alpine/3.19)."),
            };
            // What waited for it can go on.
            drift.Raise("lxc");
            return made;
        }, alone: false);
        routes.Delete("/v1/templates/{name}", "lxc", Scope.Admin, MeshJson.Default.TemplateList, async context =>
        {
            await templates.RemoveAsync(NameOf(context), context.RequestAborted);
            return new(templates.List());
        });
    }

    static string NameOf(HttpContext context) => (string)context.Request.RouteValues["name"]!;
}
