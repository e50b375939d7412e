using System.CommandLine;
using MeshMcp.Cli.Output;
using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.State;
using Spectre.Console;

namespace MeshMcp.Cli.Commands;

/// <summary><c>meshctl publish|unpublish|published</c>: ports of the uplink's address that containers serve.</summary>
static class UplinkCommands
{
    static readonly Argument<string> Port = new("PORT") { Description = "The port, with its protocol where it is not tcp: 443, udp/53." };

    public static Command Publish()
    {
        var container = new Argument<string>("CONTAINER") { Description = "Id or name of the container." };
        var inside = new Option<int?>("--container-port") { Description = "The port in the container where it is another.", HelpName = "PORT" };
        var sources = new Option<string[]>("--from") { Description = "Only this network may connect; can be given several times.", HelpName = "NETWORK" };
        return LocalNode.Edit("publish", "Open a port of the node's uplink address for a container.",
            ["meshctl publish 443 202", "meshctl publish udp/53 100 --container-port 5353 --from 198.51.100.0/24", "meshctl publish 8080 100 --for 2h"],
            parse =>
            {
                var (protocol, port) = Read(parse.GetRequiredValue(Port));
                return new PublishPort(new PublishedPort
                {
                    Protocol = protocol, Port = port, Container = parse.GetRequiredValue(container), ContainerPort = parse.GetValue(inside), Sources = parse.GetValue(sources) ?? [],
                });
            }, Port, container, inside, sources, ChangeOptions.For);
    }

    public static Command Unpublish() => LocalNode.Edit("unpublish", "Close a published port, also for connections that stand.",
        ["meshctl unpublish 443"],
        parse =>
        {
            var (protocol, port) = Read(parse.GetRequiredValue(Port));
            return new UnpublishPort(protocol, port);
        }, Port);

    public static Command Published() => LocalNode.Verb("published", "Show what is published on the node's uplink address, who can reach that, and how many came.",
        ["meshctl published"],
        async (node, _, printer, ct) =>
        {
            var uplink = await node.UplinkAsync(ct);
            printer.Show(uplink, console =>
            {
                console.MarkupLineInterpolated($"uplink {Plain.Text(uplink.Interface ?? "none")} {Plain.Text(string.Join(", ", uplink.Addresses))}");
                if (uplink.Reach is { } reach) console.WriteLine(Plain.Text($"{reach}."));
                if (uplink.Published.Count == 0)
                {
                    console.WriteLine("Nothing is published.");
                    return;
                }
                var table = Plain.Table("PORT", "CONTAINER", "TO", "FROM", "STATE", "CONNECTIONS", "ENDS IN");
                foreach (var port in uplink.Published)
                    table.Row($"{port.Protocol}/{port.Port}", port.Container, port.Target, port.Sources.Count == 0 ? "everybody" : string.Join(", ", port.Sources), port.Live ? "open" : "waits", $"{port.Connections}", Words.Left(port.SecondsLeft));
                console.Write(table);
            });
        });

    static (string Protocol, int Port) Read(string text)
    {
        var (protocol, number) = text.Split('/') is [var given, var rest] ? (given, rest) : ("tcp", text);
        return int.TryParse(number, out var port) ? (protocol, port)
            : throw new MeshException(ErrorKind.InvalidArgument, $"\"{text}\" is no port.", "PORT", "Give a number, or protocol and number: 443, udp/53.");
    }
}
