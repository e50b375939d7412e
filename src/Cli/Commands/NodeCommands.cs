using System.CommandLine;
using System.Globalization;
using MeshMcp.Cli.Joining;
using MeshMcp.Cli.Output;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Joining;
using MeshMcp.Contracts.Trust;
using Spectre.Console;

namespace MeshMcp.Cli.Commands;

/// <summary><c>meshctl node</c>: nodes come, stay and go.</summary>
static class NodeCommands
{
    internal sealed record Joined(string Node, DateTimeOffset Ends, IReadOnlyList<string> Files, IReadOnlyList<string> Next);

    static readonly Argument<string> Name = new("NAME") { Description = "The node's name." };

    public static Command Create() => new("node", "Let a machine join the mesh, and look after the nodes that did.") { Invite(), Join(), List(), Renew(), Readmit(), Forget() };

    static Verb Invite()
    {
        var expires = OptionChecks.Expires("When the invitation ends; after an hour when left out.");
        var url = new Option<string>("--url") { Description = "Where the new node sends its request; authority.url of hostbridge.json when left out.", HelpName = "URL" };
        var netmaker = new Option<string>("--netmaker-key") { Description = "An enrollment key of the Netmaker network, for the new node to join it with; on the network's server a key for one use is made when left out.", HelpName = "KEY" };
        var again = new Option<bool>("--again") { Description = "Also for a name that is in use: that node is set up anew." };
        var verb = LocalNode.Verb("invite", "Print an invitation: one word that lets one machine join under this name, once. Runs on the node that holds the authority.",
            ["meshctl node invite edge1", "meshctl node invite edge1 --expires 1d --url https://203.0.113.10:9573/enroll"],
            async (node, parse, printer, ct) =>
            {
                var seconds = parse.GetValue(expires) is { } at ? (int)Math.Clamp(Math.Round((at - TimeProvider.System.GetUtcNow()).TotalSeconds), 0, int.MaxValue) : InviteRequest.Hour;
                var request = new InviteRequest(parse.GetRequiredValue(Name), seconds, parse.GetValue(url), parse.GetValue(netmaker), parse.GetValue(again));
                var invited = await node.InviteAsync(request, ct);
                printer.Show(invited, console =>
                {
                    printer.Line(invited.Text);
                    printer.Note($"Until {Words.Moment(invited.Expires)}, once, on the new machine, where meshmcp-hostbridge runs: meshctl node join STRING");
                });
            });
        verb.Add(Name);
        foreach (var option in new Option[] { expires, url, netmaker, again }) verb.Add(option);
        return verb;
    }

    static Verb Join()
    {
        var text = new Argument<string>("STRING") { Description = "The invitation; - reads it from standard input." };
        var address = new Option<string>("--address") { Description = $"This machine's address in the mesh, where its relay listens; port {Cli.Joining.Join.RelayPort} when none is given. Left out: its address in the Netmaker network, which it joins first when it has not yet.", HelpName = "IP[:PORT]" };
        var device = new Option<string>("--interface") { Description = "What netclient shall call its device, where the node's state does not say it.", DefaultValueFactory = _ => "netmaker", HelpName = "DEVICE" };
        var scope = new Option<Scope>("--scope")
        {
            Description = "The most that the mesh's server may do here: read, operate, or admin.",
            DefaultValueFactory = _ => Scope.Operate,
            HelpName = "read|operate|admin",
            CustomParser = result => Enum.Parse<Scope>(result.Tokens.Single().Value, ignoreCase: true),
        };
        scope.AcceptOnlyFromAmong("read", "operate", "admin");
        var relay = new Option<uint>("--relay-uid") { Description = "The user that runs the relay; the key is readable by it alone. Left out: meshmcp-relay where there is such a user, else 9575.", DefaultValueFactory = _ => PackagedUnits.RelayUser(), HelpName = "UID" };
        var folder = new Option<string>("--folder") { Description = "Where the files go.", DefaultValueFactory = _ => "/etc/meshmcp", HelpName = "DIR" };
        var state = new Option<string>("--state") { Description = "The host bridge's state folder.", DefaultValueFactory = _ => "/var/lib/meshmcp", HelpName = "DIR" };
        var force = new Option<bool>("--force") { Description = "Replace the files of a node that was here before." };
        return new Verb("join", "Make this machine a node: get a certificate with an invitation and write the node's configuration.",
            ["meshctl node join eyJ1cmwi…", "ssh vps meshctl node invite edge1 | meshctl node join - --address 10.101.0.3 --scope admin"],
            async (parse, printer, ct) =>
            {
                var word = parse.GetRequiredValue(text);
                var invitation = Invitation.Parse(word == "-" ? await GivenText.ReadAsync(word, ct) : word);
                var files = new NodeFolder(parse.GetRequiredValue(folder), parse.GetRequiredValue(relay));
                var joining = new Cli.Joining.Join(files, Path.Combine(parse.GetRequiredValue(state), "secrets"), TimeProvider.System);
                var given = parse.GetValue(address) is { } typed ? Cli.Joining.Join.AddressOf(typed) : null;
                var enrolled = await joining.RunAsync(invitation, given, new(parse.GetRequiredValue(LocalNode.Socket), parse.GetRequiredValue(device), printer), parse.GetRequiredValue(scope), parse.GetValue(force), ct);
                var next = PackagedUnits.Start(parse.GetRequiredValue(folder), files, parse.GetRequiredValue(relay));
                printer.Show(new Joined(enrolled.Node, enrolled.Ends, files.Files, next), console =>
                {
                    console.MarkupLineInterpolated($"This machine is node [bold]{Plain.Text(enrolled.Node)}[/] until {enrolled.Ends.UtcDateTime:yyyy-MM-dd}; the certificate is renewed by itself.");
                    foreach (var file in files.Files) console.WriteLine($"  wrote {file}");
                    console.WriteLine("Start next:");
                    foreach (var line in next) console.WriteLine($"  {line}");
                });
            })
        { text, address, device, scope, relay, folder, state, force, LocalNode.Socket };
    }

    static Verb List() => LocalNode.Verb("list", "List the nodes that joined by an invitation of this one.", ["meshctl node list"],
        async (node, _, printer, ct) =>
        {
            var joined = await node.JoinedNodesAsync(ct);
            printer.Show(joined, console =>
            {
                var table = Plain.Table("NAME", "ADDRESS", "JOINED", "CERTIFICATE ENDS");
                foreach (var n in joined.Nodes) table.Row(n.Name, n.Address ?? "unknown", Words.Moment(n.Joined), Words.Moment(n.Ends));
                console.Write(table);
            });
        });

    static Verb Renew()
    {
        var url = new Option<string>("--url") { Description = "Whom to ask; identity.renewFrom of hostbridge.json when left out.", HelpName = "URL" };
        var address = new Option<string>("--address") { Description = "The relay's new address, when it moved.", HelpName = "IP[:PORT]" };
        var verb = LocalNode.Verb("renew", "Renew this node's certificate now, with a new key. It is done by itself when two thirds of its life are over.",
            ["meshctl node renew", "meshctl node renew --address 10.101.0.7"],
            async (node, parse, printer, ct) =>
            {
                var renewed = await node.RenewAsync(new(parse.GetValue(url), parse.GetValue(address) is { } moved ? Cli.Joining.Join.AddressOf(moved) : null), ct);
                printer.Show(renewed, console => console.WriteLine($"node {Plain.Text(renewed.Node)}: valid until {renewed.Ends.UtcDateTime:yyyy-MM-dd}"));
            });
        verb.Add(url);
        verb.Add(address);
        return verb;
    }

    static Verb Readmit()
    {
        var verb = LocalNode.Verb("readmit", "Let a node that was away until its certificate ended renew it once, by its old key, within a day. Runs on the node that holds the authority.", ["meshctl node readmit edge1"],
            async (node, parse, printer, ct) =>
            {
                var readmitted = await node.ReadmitAsync(new(parse.GetRequiredValue(Name)), ct);
                printer.Show(readmitted, console => console.WriteLine($"{Plain.Text(readmitted.Node)} may renew its certificate until {Words.Moment(readmitted.Expires)}; it does so by itself within minutes"));
            });
        verb.Add(Name);
        return verb;
    }

    static Verb Forget()
    {
        var verb = LocalNode.Verb("forget", "Take a joined node off the list and renew its certificate no more; servers stop asking it within seconds.", ["meshctl node forget edge1"],
            async (node, parse, printer, ct) =>
            {
                var gone = await node.ForgetNodeAsync(parse.GetRequiredValue(Name), ct);
                printer.Show(gone, console => console.WriteLine($"forgot {Plain.Text(gone.Name)}; its certificate ends on {gone.Ends.UtcDateTime:yyyy-MM-dd}"));
            });
        verb.Add(Name);
        return verb;
    }
}
