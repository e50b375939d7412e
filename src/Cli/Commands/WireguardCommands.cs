using System.CommandLine;
using System.Globalization;
using MeshMcp.Cli.Output;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Nodes;
using Spectre.Console;

namespace MeshMcp.Cli.Commands;

/// <summary><c>meshctl wg</c> and <c>meshctl tunnel</c>: WireGuard tunnels and VPN clients.</summary>
static class WireguardCommands
{
    static readonly Argument<string> Name = new("NAME") { Description = "The client: lower-case letters, digits and dashes." };
    static readonly Argument<string> Device = new("DEVICE") { Description = "The tunnel's device." };

    public static Command Wg() => new("wg", "See WireGuard tunnels, let VPN clients in or shut them out.") { Status(), AddClient(), RemoveClient() };

    public static Command Tunnel() => new("tunnel", "Take the exit tunnel up or down.")
    {
        Set("up", true, "Take the tunnel up."),
        Set("down", false, "Take the tunnel down; what leaves by it stays in, nothing leaks."),
    };

    static Verb Status() => LocalNode.Verb("status", "Show tunnels and clients: handshake, endpoint, traffic, verdict. Never a private key.",
        ["meshctl wg status", "meshctl wg status --json"],
        async (node, _, printer, ct) =>
        {
            var status = await node.WireguardAsync(ct);
            printer.Show(status, console =>
            {
                if (status.Interfaces.Count == 0) console.WriteLine("No WireGuard device is there or wanted.");
                foreach (var device in status.Interfaces) Print(console, device);
            });
        });

    static Verb AddClient()
    {
        var expires = OptionChecks.Expires("When it is out; never when left out.");
        var address = new Option<string>("--address") { Description = "An address of the pool; else the lowest free one.", HelpName = "IP" };
        var key = new Option<string>("--public-key") { Description = "The client's own public key; needed where the node makes none.", HelpName = "KEY" };
        var renew = new Option<bool>("--renew") { Description = "New keys for a client that is there; its old ones end." };
        var qr = new Option<bool>("--qr") { Description = "Print a QR code for the WireGuard app too." };
        return LocalNode.With(LocalNode.Verb("add-client", "Let a device into the VPN and print its configuration, which is given out this once.",
            ["meshctl wg add-client anna-phone --qr --expires 30d", "meshctl wg add-client laptop > laptop.conf", "meshctl wg add-client laptop --renew > laptop.conf"],
            async (node, parse, printer, ct) =>
            {
                var access = await node.AddVpnClientAsync(new()
                {
                    Name = parse.GetRequiredValue(Name),
                    Expires = parse.GetValue(expires),
                    Address = parse.GetValue(address),
                    PublicKey = parse.GetValue(key),
                    Renew = parse.GetValue(renew),
                    ConfirmWithin = parse.GetValue(ChangeOptions.ConfirmWithin),
                    Why = parse.GetValue(ChangeOptions.Why),
                }, ct);
                foreach (var note in access.Notes) printer.Note(note);
                foreach (var wait in access.Waits ?? []) printer.Note($"waits: {wait}");
                printer.Show(access, console =>
                {
                    printer.Text(access.Configuration);
                    if (parse.GetValue(qr)) printer.Text(QrText.Of(access.Configuration));
                });
                if (access.Generation is { Status: GenerationStatus.AwaitingConfirmation } generation) printer.Note($"Generation {generation.Number} is undone unless it is confirmed: meshctl confirm {generation.Number}");
            }), Name, expires, address, key, renew, qr, ChangeOptions.ConfirmWithin, ChangeOptions.Why);
    }

    static Verb RemoveClient() => LocalNode.Edit("remove-client", "Shut a device out of the VPN.", ["meshctl wg remove-client anna-phone"], parse => new RemoveVpnClient(parse.GetRequiredValue(Name)), Name);

    static Verb Set(string name, bool enabled, string description) =>
        LocalNode.Edit(name, description, [$"meshctl tunnel {name} warp0"], parse => new SetTunnel(parse.GetRequiredValue(Device), enabled), Device);

    static void Print(IAnsiConsole console, WireguardInterface device)
    {
        console.MarkupLineInterpolated($"[bold]{Plain.Text(device.Name)}[/] ({device.Role}): {Plain.Text(device.Verdict)}");
        if (device.PublicKey is { } key) console.WriteLine($"  {device.Address ?? "no address"}, UDP port {device.ListenPort}, MTU {device.Mtu}, public key {Plain.Text(key)}, kept by {Plain.Text(device.Owner ?? "nobody")}");
        if (device.Peers.Count == 0) return;
        var table = Plain.Table("PEER", "VERDICT", "ALLOWED", "ENDPOINT", "RECEIVED", "SENT", "UNTIL");
        foreach (var peer in device.Peers)
            table.Row(peer.Name ?? peer.PublicKey, peer.Verdict, string.Join(' ', peer.AllowedIps), peer.Endpoint, Number(peer.Received), Number(peer.Sent), peer.Expires is { } e ? Words.Moment(e) : null);
        console.Write(new Padder(table, new Padding(2, 0, 0, 0)));
    }

    static string Number(long n) => n.ToString(CultureInfo.InvariantCulture);
}
