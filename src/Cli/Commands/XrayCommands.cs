using System.CommandLine;
using System.Globalization;
using MeshMcp.Cli.Output;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Nodes;
using Spectre.Console;

namespace MeshMcp.Cli.Commands;

/// <summary><c>meshctl xray status|add-user|remove-user|links</c>.</summary>
static class XrayCommands
{
    static readonly Argument<string> User = new("NAME") { Description = "The user's name: lower-case letters, digits and dashes." };
    static readonly Option<bool> Qr = new("--qr") { Description = "Show each link as a QR code too." };

    public static Command Create() => new("xray", "Xray or v2ray: server, exit, users and their share links.") { Status(), AddUser(), RemoveUser(), Links() };

    static Verb Status() => LocalNode.Verb("status", "Show server and exit, users and their traffic since the program started.",
        ["meshctl xray status", "meshctl xray status --json"],
        async (node, _, printer, ct) =>
        {
            var status = await node.XrayAsync(ct);
            printer.Show(status, console => Print(console, status));
        });

    static Verb AddUser()
    {
        var verb = LocalNode.Verb("add-user", "Let a user in and show the share links, this once. Cuts the connections of all users for a moment.",
            ["meshctl xray add-user alice-phone", "meshctl xray add-user alice-phone --qr --why 'new phone'"],
            async (node, parse, printer, ct) =>
            {
                var added = await node.AddXrayUserAsync(new(parse.GetRequiredValue(User)) { Why = parse.GetValue(ChangeOptions.Why) }, ct);
                printer.Show(added, console =>
                {
                    console.MarkupLineInterpolated($"generation [bold]{added.Generation}[/]: {Plain.Text(added.Name)} may connect{(added.Findings.Any(f => f.Waits) ? " once what waits below is there" : "")}");
                    Print(console, added.Links, parse.GetValue(Qr));
                    Words.Print(console, added.Findings);
                });
            });
        verb.Add(User);
        verb.Add(Qr);
        verb.Add(ChangeOptions.Why);
        return verb;
    }

    static Verb RemoveUser() => LocalNode.Edit("remove-user", "Shut a user out. Cuts the connections of all users for a moment.",
        ["meshctl xray remove-user alice-phone"], parse => new RemoveXrayUser(parse.GetRequiredValue(User)), User);

    static Verb Links()
    {
        var verb = LocalNode.Verb("links", "Show a user's share links again. They are secrets: the call is audited.",
            ["meshctl xray links alice-phone", "meshctl xray links alice-phone --qr"],
            async (node, parse, printer, ct) =>
            {
                var links = await node.XrayLinksAsync(parse.GetRequiredValue(User), ct);
                printer.Show(links, console => Print(console, links.Links, parse.GetValue(Qr)));
            });
        verb.Add(User);
        verb.Add(Qr);
        return verb;
    }

    static void Print(IAnsiConsole console, XrayStatus status)
    {
        if (status is { Server: null, Exit: null }) console.WriteLine("The state has no section xray.");
        foreach (var (role, part) in new[] { ("server", status.Server), ("exit", status.Exit) })
        {
            if (part is null) continue;
            console.MarkupLineInterpolated($"[bold]{role}[/]: {part.Program.ToString().ToLowerInvariant()} {Plain.Text(part.Version ?? "(not installed)")} in container {Plain.Text(part.Container)}, {(part.Configured ? "configured" : "not configured")}, {(part.Running ? "running" : "not running")}{(part.To is null ? "" : $", to exit {Plain.Text(part.To)}")}");
            var ports = Plain.Table("PROTOCOL", "PORT", "SECURITY", "UP", "DOWN");
            foreach (var inbound in part.Inbounds) ports.Row(inbound.Protocol, Number(inbound.Port), inbound.Security.ToString().ToLowerInvariant(), Number(inbound.Up), Number(inbound.Down));
            console.Write(ports);
            if (part.NoTraffic is { } why) console.WriteLine($"no counters: {Plain.Text(why)}");
        }
        if (status.Users.Count > 0)
        {
            var users = Plain.Table("USER", "", "UP", "DOWN");
            foreach (var user in status.Users) users.Row(user.Name, user.Active ? "may connect" : "waits", Number(user.Up), Number(user.Down));
            console.Write(users);
        }
        Words.Print(console, status.Findings);
    }

    static void Print(IAnsiConsole console, IReadOnlyList<XrayLink> links, bool qr)
    {
        foreach (var link in links)
        {
            // Written as they are: a wrapped link is none.
            console.Profile.Out.Writer.WriteLine(Plain.Text(link.Link));
            if (qr) console.Profile.Out.Writer.WriteLine(QrText.Of(link.Link));
        }
    }

    static string Number(long? n) => n?.ToString(CultureInfo.InvariantCulture) ?? "-";
}
