using System.CommandLine;
using MeshMcp.Cli.Output;
using MeshMcp.Contracts.Trust;
using Spectre.Console;

namespace MeshMcp.Cli.Commands;

/// <summary><c>meshctl pki</c>: the mesh's authority and the certificates of its servers and nodes, as files.</summary>
static class PkiCommands
{
    internal sealed record Made(string Certificate, string Key, DateTimeOffset Ends, string? Identity = null, string? RenewedBy = null);

    static readonly Argument<string> Folder = new("DIR") { Description = "The folder with ca.crt, ca.key and what was issued." };
    static readonly Option<bool> Force = new("--force") { Description = "Replace files that exist." };

    public static Command Create() => new("pki", "Make the mesh's certificate authority and issue certificates.") { Init(), Issue(), Revoke() };

    static Verb Init()
    {
        var name = new Option<string>("--name") { Description = "The name of the mesh, as the authority's subject.", DefaultValueFactory = _ => "mesh", HelpName = "MESH" };
        name.MustBeAName();
        return new Verb("init", "Make the authority: DIR/ca.crt and DIR/ca.key. Keep ca.key off the nodes.",
            ["meshctl pki init /etc/meshmcp/pki --name mesh"],
            (parse, printer) =>
            {
                var folder = new AuthorityFolder(parse.GetRequiredValue(Folder), TimeProvider.System);
                var ends = folder.Create(parse.GetRequiredValue(name), parse.GetValue(Force));
                Show(printer, new(folder.Authority.Certificate, folder.Authority.Key, ends));
            })
        { Folder, name, Force };
    }

    static Verb Issue()
    {
        var role = new Option<MeshRole>("--role")
        {
            Description = "What the holder is: a server dials nodes, a node answers.",
            Required = true,
            HelpName = "server|node",
            CustomParser = result => Enum.Parse<MeshRole>(result.Tokens.Single().Value, ignoreCase: true),
        };
        role.AcceptOnlyFromAmong("server", "node");
        var name = new Option<string>("--name") { Description = "The name of the node or server.", Required = true, HelpName = "NAME" };
        name.MustBeAName();
        var addresses = new Option<string[]>("--address") { Description = "An IP address or DNS name it is reached at; may be given more than once.", DefaultValueFactory = _ => [], HelpName = "IP|DNS", AllowMultipleArgumentsPerToken = true };
        var days = new Option<int?>("--days") { Description = $"How long the certificate is valid; unless given {AuthorityFolder.LifeOf(MeshRole.Server).Days} for a server, {AuthorityFolder.LifeOf(MeshRole.Node).Days} for a node.", HelpName = "N" };
        days.MustBeAtLeast(1);
        return new Verb("issue", "Issue a certificate: DIR/NAME.ROLE.crt and DIR/NAME.ROLE.key.",
            [
                "meshctl pki issue /etc/meshmcp/pki --role node --name vps --address 10.1.0.1",
                "meshctl pki issue /etc/meshmcp/pki --role server --name mcp --address 10.1.0.200 --address mesh.example --days 90",
            ],
            (parse, printer) =>
            {
                var folder = new AuthorityFolder(parse.GetRequiredValue(Folder), TimeProvider.System);
                var (who, called) = (parse.GetRequiredValue(role), parse.GetRequiredValue(name));
                var ends = folder.Issue(who, called, parse.GetRequiredValue(addresses), parse.GetValue(days) is { } given ? TimeSpan.FromDays(given) : null, parse.GetValue(Force));
                var files = folder.FilesOf(who, called);
                Show(printer, new(files.Certificate, files.Key, ends, MeshIdentity.UriOf(who, called), RenewerOf(who)));
            })
        { Folder, role, name, addresses, days, Force };
    }

    static Verb Revoke()
    {
        var what = new Argument<string>("WHAT") { Description = "The name in the certificates: all that were issued under it until now. Or a fingerprint (SHA-256, 64 hex digits): that one." };
        var verb = LocalNode.Verb("revoke", "Revoke certificates: this node, which holds the authority, refuses them at once, all others within a minute. Then issue new ones under the name, or let the node join again.",
            ["meshctl pki revoke mcp", "meshctl pki revoke 3f0c…"],
            async (node, parse, printer, ct) =>
            {
                var list = await node.RevokeAsync(new(parse.GetRequiredValue(what).Replace(":", "", StringComparison.Ordinal).ToLowerInvariant()), ct);
                printer.Show(list, console => console.WriteLine($"revoked {Plain.Text(list.Revoked[^1].What)}; {list.Revoked.Count} are in the list, which is number {list.Number}"));
            });
        verb.Add(what);
        return verb;
    }

    static string RenewerOf(MeshRole role) => role == MeshRole.Server
        ? "the host bridge of the node that holds the authority, where authority.renews in its hostbridge.json names the place from which the server reads it; elsewhere nobody: issue it again before it ends, with --force"
        : "its node's host bridge, where identity in hostbridge.json names it and renewFrom; otherwise nobody: issue it again before it ends, with --force";

    static void Show(Printer printer, Made made) => printer.Show(made, console =>
    {
        if (made.Identity is not null) console.MarkupLineInterpolated($"identity     {made.Identity}");
        console.MarkupLineInterpolated($"certificate  {made.Certificate}");
        console.MarkupLineInterpolated($"key          {made.Key}");
        console.MarkupLineInterpolated($"valid until  {made.Ends.UtcDateTime:yyyy-MM-dd}");
        if (made.RenewedBy is not null) console.MarkupLineInterpolated($"renewed by   {made.RenewedBy}");
    });
}
