using System.CommandLine;
using MeshMcp.Cli.Output;
using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Nodes;
using Spectre.Console;

namespace MeshMcp.Cli.Commands;

/// <summary><c>meshctl netmaker</c>: the node's part in its Netmaker network and, on the server's node, keys, hosts and networks behind hosts.</summary>
static class NetmakerCommands
{
    public static Command Create() => new("netmaker", "The node's Netmaker network: join, leave, look; on the server's node make keys and register networks behind hosts.")
    {
        LocalNode.Verb("status", "Show the membership, its peers with their last handshake, and what is missing.", ["meshctl netmaker status"],
            async (node, _, printer, ct) =>
            {
                var status = await node.NetmakerAsync(ct);
                printer.Show(status, console => Print(console, status));
            }),
        Join(),
        Leave(),
        LocalNode.Verb("hosts", "List the hosts that the server knows; on the server's node.", ["meshctl netmaker hosts"],
            async (node, _, printer, ct) =>
            {
                var list = await node.NetmakerHostsAsync(ct);
                printer.Show(list, console => Print(console, list.Hosts));
            }),
        CreateKey(),
        new Command("egress", "Networks behind hosts, which the other members reach through them; on the server's node.") { Egress("add", false), Egress("remove", true) },
    };

    static Verb Join()
    {
        var key = new Argument<string>("KEY-FILE") { Description = "A file with the enrollment key; - reads standard input. It is kept as a secret of the node." };
        var network = new Option<string>("--network") { Description = "The network, where the state names none yet.", HelpName = "NAME" };
        var device = new Option<string>("--interface") { Description = "What netclient shall call its device, where the state does not say it.", HelpName = "DEVICE" };
        var server = new Option<string>("--server") { Description = "The server's API address; the key's own unless given.", HelpName = "URL" };
        var port = new Option<int?>("--port") { Description = "UDP port to listen on; 51821 unless given.", HelpName = "N" };
        var verb = LocalNode.Verb("join", "Join the network with an enrollment key. This spends a use of the key, which no rollback brings back.",
            ["meshctl netmaker join key.txt", "meshctl netmaker join - --network privacy-mesh --interface nm-privacy < key.txt"],
            async (node, parse, printer, ct) =>
            {
                var asked = new NetmakerJoin(await ReadAsync(parse.GetRequiredValue(key), ct), parse.GetValue(network), parse.GetValue(device), parse.GetValue(server), parse.GetValue(port));
                // To plan, the key is not kept.
                var edit = parse.GetValue(ChangeOptions.DryRun) ? new JoinNetmaker(asked.SectionOn((await node.StateAsync("desired", ct)).State)) : await node.PrepareJoinAsync(asked, ct);
                await ChangeReport.EditAsync(node, edit, parse, printer, ct);
            });
        verb.Add(key);
        foreach (Option option in new Option[] { network, device, server, port, ChangeOptions.ConfirmWithin, ChangeOptions.Why, ChangeOptions.DryRun }) verb.Add(option);
        return verb;
    }

    static Verb Leave()
    {
        var network = new Argument<string>("NETWORK") { Description = "The network to leave." };
        return LocalNode.Edit("leave", "Leave the network. To come back takes a use of an enrollment key.", ["meshctl netmaker leave privacy-mesh"],
            parse => new LeaveNetmaker(parse.GetRequiredValue(network)), network);
    }

    static Verb CreateKey()
    {
        var name = new Argument<string>("NAME") { Description = "3 to 32 characters; no two keys have the same." };
        var network = new Option<string>("--network") { Description = "The network it lets hosts into; the node's own unless given.", HelpName = "NAME" };
        var uses = new Option<int?>("--uses") { Description = "How many hosts may join with it; 1 unless another end is given.", HelpName = "N" };
        var expires = OptionChecks.Expires("Until when it is good, instead of a number of uses.");
        var unlimited = new Option<bool>("--unlimited") { Description = "It never ends." };
        var verb = LocalNode.Verb("create-key", "Make an enrollment key on the server and print it, this once; on the server's node.",
            ["meshctl netmaker create-key oo1424oo-key", "meshctl netmaker create-key office --uses 5", "meshctl netmaker create-key week --expires 2027-01-31T00:00Z"],
            async (node, parse, printer, ct) =>
            {
                var (count, until, ever) = (parse.GetValue(uses), parse.GetValue(expires), parse.GetValue(unlimited));
                var made = await node.CreateEnrollmentKeyAsync(new(parse.GetRequiredValue(name), parse.GetValue(network), count ?? (until is null && !ever ? 1 : null), until, ever), ct);
                printer.Show(made, console => console.WriteLine(Plain.Text(made.Token)));
            });
        verb.Add(name);
        foreach (Option option in new Option[] { network, uses, expires, unlimited }) verb.Add(option);
        return verb;
    }

    static Verb Egress(string word, bool remove)
    {
        var host = new Argument<string>("HOST") { Description = "The host's name, id or address in the network." };
        var range = new Argument<string>("RANGE") { Description = "The network behind it." };
        var verb = LocalNode.Verb(word, remove ? "Let the others no longer reach a network through a host." : "Let the others reach a network through a host.",
            [$"meshctl netmaker egress {word} oo1424oo 10.0.0.0/24"],
            async (node, parse, printer, ct) =>
            {
                var changed = await node.SetEgressAsync(new(parse.GetRequiredValue(host), parse.GetRequiredValue(range)), remove, ct);
                printer.Show(changed, console => Print(console, [changed]));
            });
        verb.Add(host);
        verb.Add(range);
        return verb;
    }

    static async Task<string> ReadAsync(string file, CancellationToken ct)
    {
        var text = await GivenText.ReadAsync(file, ct);
        return text.Trim() is { Length: > 0 } key ? key : throw new MeshException(ErrorKind.InvalidArgument, "There is no enrollment key in it.", file, "The server prints it: meshctl netmaker create-key NAME.");
    }

    static void Print(IAnsiConsole console, NetmakerStatus status)
    {
        console.MarkupLineInterpolated($"[bold]{Plain.Text(status.Verdict)}[/]");
        if (status.Mode is not { } mode) return;
        console.WriteLine($"{mode.ToString().ToLowerInvariant()} of {Plain.Text(status.Network ?? "")}, device {Plain.Text(status.Interface ?? "")}{(status.Address is { } address ? $", address {Plain.Text(address)}" : "")}");
        if (status.Server is { } server) console.WriteLine($"server {Plain.Text(server)}: {(status.ServerAnswers == true ? "answers" : "does not answer")}");
        foreach (var egress in status.Egress) console.WriteLine($"behind this node: {Plain.Text(egress.Range)}{(egress.Registered ? "" : " (the others do not know yet)")}");
        if (status.Peers.Count == 0) return;
        console.WriteLine();
        var table = Plain.Table("PEER", "ADDRESS", "BEHIND IT", "ENDPOINT", "HANDSHAKE", "IN", "OUT");
        foreach (var peer in status.Peers)
            table.Row(peer.Name ?? peer.PublicKey, peer.Address, string.Join(", ", peer.Egress), peer.Endpoint, peer.HandshakeAge is { } age ? $"{age} s ago" : "never", $"{peer.Received}", $"{peer.Sent}");
        console.Write(table);
    }

    static void Print(IAnsiConsole console, IReadOnlyList<NetmakerHost> hosts)
    {
        var table = Plain.Table("HOST", "STATUS", "ADDRESSES", "BEHIND IT", "ENDPOINT", "VERSION");
        foreach (var host in hosts)
            table.Row(host.Name, host.Status, string.Join(", ", host.Addresses.Select(a => $"{a.Key} {a.Value}")), string.Join(", ", host.Egress), $"{host.Endpoint}:{host.Port}", host.Version);
        console.Write(table);
    }
}
