using System.CommandLine;
using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.State;

namespace MeshMcp.Cli.Commands;

/// <summary><c>meshctl container update</c>.</summary>
static class ContainerUpdate
{
    static readonly Argument<string> Id = new("ID") { Description = "A container's id or name." };
    static readonly Option<string?> Name = new("--name") { Description = "Host name.", HelpName = "NAME" };
    static readonly Option<string?> Address = new("--address") { Description = "With prefix length.", HelpName = "ADDRESS" };
    static readonly Option<string[]> Dns = new("--dns") { Description = "A name server, in the place of those there are; may be given again.", HelpName = "ADDRESS" };
    static readonly Option<ByteSize?> Memory = OptionChecks.Size("--memory", "Memory it may use, 256M for example.");
    static readonly Option<double?> Cpus = new("--cpus") { Description = "Processors it may use.", HelpName = "NUMBER" };
    static readonly Option<int?> Processes = new("--processes") { Description = "Processes it may have.", HelpName = "NUMBER" };
    static readonly Option<ByteSize?> Disk = OptionChecks.Size("--disk", "Room for its root file system, 4G for example: more than it has; only where it was made with a limit.");
    static readonly Option<string?> Settings = new("--settings") { Description = "The settings as JSON, services and files too, instead of the other options; - reads standard input.", HelpName = "FILE" };

    public static Verb Create() => LocalNode.With(
        LocalNode.Verb("update", "Change settings of a container, and restart it where they need that; what is not given stays.",
            ["meshctl container update 105 --address 10.0.0.105/24", "meshctl container update web --memory 256M --cpus 0.5", "meshctl container update 105 --settings services.json"],
            async (node, parse, printer, ct) => await ChangeReport.EditAsync(node, new UpdateContainer(parse.GetRequiredValue(Id), await ChangeOf(parse, ct)), parse, printer, ct)),
        Id, Name, Address, Dns, Memory, Cpus, Processes, Disk, Settings, ChangeOptions.ConfirmWithin, ChangeOptions.Force, ChangeOptions.Why, ChangeOptions.DryRun).InPlaceOf(Settings, Name, Address, Dns, Memory, Cpus, Processes, Disk);

    static async Task<ContainerChange> ChangeOf(ParseResult parse, CancellationToken ct)
    {
        if (parse.GetValue(Settings) is { } file)
            return await GivenText.ReadAsync(file, MeshJson.Default.ContainerChange, "settings", "{\"services\":[{\"name\":\"http\",\"port\":80,\"command\":[\"httpd\",\"-f\"]}]}", ct);
        var limits = new ContainerLimits { Memory = parse.GetValue(Memory), Cpus = parse.GetValue(Cpus), Processes = parse.GetValue(Processes), Disk = parse.GetValue(Disk) };
        return new()
        {
            Name = parse.GetValue(Name),
            Address = parse.GetValue(Address),
            Dns = parse.GetValue(Dns) is { Length: > 0 } dns ? dns : null,
            Limits = limits == new ContainerLimits() ? null : limits,
        };
    }
}
