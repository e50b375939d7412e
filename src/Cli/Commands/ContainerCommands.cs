using System.CommandLine;
using MeshMcp.Cli.Output;
using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.State;
using Spectre.Console;

namespace MeshMcp.Cli.Commands;

/// <summary><c>meshctl container</c>.</summary>
static class ContainerCommands
{
    static readonly Argument<string> Id = new("ID") { Description = "A container's id or name." };
    static readonly Argument<string[]> Words = new("COMMAND") { Description = "Program and arguments, after --.", Arity = ArgumentArity.OneOrMore };
    static readonly Option<int> Timeout = new("--timeout") { Description = "Seconds after which the program is killed, 1 to 120.", DefaultValueFactory = _ => 10, HelpName = "SECONDS" };
    static readonly Option<int> LogLines = new("--lines") { Description = "Last lines of each service's log.", DefaultValueFactory = _ => 0, HelpName = "N" };

    public static Command Create()
    {
        var list = LocalNode.Verb("list", "List the containers of this node, ours and others', and the trash.", ["meshctl container list", "meshctl container list --lines 20"],
            async (node, parse, printer, ct) => Print(await node.ContainersAsync(parse.GetValue(LogLines), ct), printer));
        list.Add(LogLines);
        var restart = LocalNode.Verb("restart", "Restart a container.", ["meshctl container restart 105"],
            async (node, parse, printer, ct) => Done(await node.RestartContainerAsync(parse.GetRequiredValue(Id), parse.GetValue(ChangeOptions.Why), ct), "restarted", printer));
        var purge = LocalNode.Verb("purge", "Remove the files of a deleted container for good; this cannot be undone.", ["meshctl container purge 105"],
            async (node, parse, printer, ct) => Done(await node.PurgeContainerAsync(parse.GetRequiredValue(Id), parse.GetValue(ChangeOptions.Why), ct), "purged", printer));
        foreach (var verb in new[] { restart, purge })
        {
            verb.Add(Id);
            verb.Add(ChangeOptions.Why);
        }
        return new("container", "The containers of this node.")
        {
            list,
            NewContainer.Create(),
            ContainerUpdate.Create(),
            Change("start", "Start a container, now and after every boot.", ["meshctl container start 105"], id => new SetContainerRunning(id, true)),
            Change("stop", "Stop a container and leave it stopped.", ["meshctl container stop 105"], id => new SetContainerRunning(id, false)),
            restart,
            Change("delete", "Delete a container; its files stay in the trash for a week.", ["meshctl container delete 105 --why 'no longer needed'"], id => new DeleteContainer(id)),
            purge,
            Exec(),
        };
    }

    static Verb Exec()
    {
        var verb = LocalNode.Verb("exec", "Run a program in a running container and print what it prints.", ["meshctl container exec 105 -- ip route", "meshctl container exec web --timeout 60 -- wget -qO- http://10.1.0.200/"],
            async (node, parse, printer, ct) =>
            {
                var result = await node.ExecAsync(parse.GetRequiredValue(Id), new(parse.GetRequiredValue(Words)) { TimeoutSeconds = parse.GetValue(Timeout) }, ct);
                printer.Show(result, console => console.Profile.Out.Writer.Write(result.Output));
                foreach (var line in result.ErrorOutput.Split('\n', StringSplitOptions.RemoveEmptyEntries)) printer.Note(line);
                if (result.Cut) printer.Note("More was printed; this is the beginning.");
                if (result.ExitCode != 0) throw new MeshException(ErrorKind.CommandFailed, $"{parse.GetRequiredValue(Words)[0]} ended with code {result.ExitCode}.", parse.GetRequiredValue(Id));
            });
        verb.Add(Id);
        verb.Add(Words);
        verb.Add(Timeout);
        return verb;
    }

    static Verb Change(string name, string description, IReadOnlyList<string> examples, Func<string, Edit> edit) =>
        LocalNode.Edit(name, description, examples, parse => edit(parse.GetRequiredValue(Id)), Id);

    static void Done(ContainerOperation done, string what, Printer printer) => printer.Show(done, console => console.WriteLine($"container {Plain.Text(done.Id)} is {what}"));

    static void Print(ContainerList list, Printer printer) => printer.Show(list, console =>
    {
        var table = Plain.Table("ID", "NAME", "STATE", "ADDRESS", "DEVICE", "TEMPLATE", "SERVICES", "OURS");
        foreach (var c in list.Containers)
            table.Row(c.Id, c.Name, c.Waiting is not null ? "waits" : c.Running ? "running" : "stopped", c.Address, c.Veth, c.Template, string.Join(", ", c.Services), c.Ours ? "yes" : "no");
        console.Write(table);
        foreach (var c in list.Containers)
        {
            foreach (var lack in c.Waiting ?? []) console.WriteLine(Plain.Text($"{c.Id} waits: {lack}"));
            foreach (var line in c.Log) console.WriteLine(Plain.Text($"{c.Id} {line}"));
        }
        foreach (var t in list.Trash) console.WriteLine(Plain.Text($"in the trash: {t.Id} {t.Name}, deleted {t.At:u}, purged {t.PurgedAt:u}"));
    });
}

/// <summary><c>meshctl container create</c>.</summary>
static class NewContainer
{
    static readonly Option<string?> Template = new("--template") { Description = "The template it is made from; meshctl template list shows those there are.", HelpName = "NAME" };
    static readonly Option<string?> Id = new("--id") { Description = "1 to 59999; the lowest free one from 100 on unless given.", HelpName = "ID" };
    static readonly Option<string?> Name = new("--name") { Description = "Host name.", HelpName = "NAME" };
    static readonly Option<string?> Address = new("--address") { Description = "With prefix length; a free one of the bridge's network unless given.", HelpName = "ADDRESS" };
    static readonly Option<string?> Veth = new("--veth") { Description = "Device on the host, at most 15 characters; vethID unless given.", HelpName = "DEVICE" };
    static readonly Option<ByteSize?> Disk = OptionChecks.Size("--disk", "Room for its root file system, 2G for example, at least 16M; can be raised later, not lowered.");
    static readonly Option<bool> Privileged = new("--privileged") { Description = "Its root is the host's root; else it has ids of its own." };
    static readonly Option<bool> Restore = new("--restore") { Description = "With its files, where the trash has the same container." };
    static readonly Option<bool> Anew = new("--anew") { Description = "Without them: they stay in the trash." };
    static readonly Option<string?> Item = new("--item") { Description = "The whole container as JSON, as a state has it in lxc.containers, instead of the other options; - reads standard input.", HelpName = "FILE" };

    public static Verb Create()
    {
        var verb = LocalNode.Verb("create", "Create a container from a template and start it.",
            ["meshctl container create --template small --name web", "meshctl container create --template debian-12 --id 105 --address 10.0.0.105/24 --disk 2G", "meshctl container create --item web.json"],
            async (node, parse, printer, ct) => await ChangeReport.EditAsync(node, new CreateContainer(await ItemOf(parse, ct), parse.GetValue(Restore) ? true : parse.GetValue(Anew) ? false : null), parse, printer, ct));
        foreach (var option in new Option[] { Template, Id, Name, Address, Veth, Disk, Privileged, Restore, Anew, Item, ChangeOptions.ConfirmWithin, ChangeOptions.Why, ChangeOptions.DryRun }) verb.Add(option);
        verb.Validators.Add(result =>
        {
            if (result.GetValue(Restore) && result.GetValue(Anew)) result.AddError("--restore and --anew are not for one command: with its former files, or without?");
        });
        return verb.InPlaceOf(Item, Template, Id, Name, Address, Veth, Disk, Privileged);
    }

    static async Task<Container> ItemOf(ParseResult parse, CancellationToken ct)
    {
        if (parse.GetValue(Item) is not { } file)
            return new()
            {
                Id = parse.GetValue(Id) ?? "",
                Veth = parse.GetValue(Veth) ?? "",
                Properties = new() { Name = parse.GetValue(Name), Template = parse.GetValue(Template), Ipv4Address = parse.GetValue(Address), Privileged = parse.GetValue(Privileged) ? true : null, Limits = parse.GetValue(Disk) is { } disk ? new() { Disk = disk } : null },
            };
        return await GivenText.ReadAsync(file, MeshJson.Default.Container, "container", "{\"id\":\"105\",\"veth\":\"veth105\",\"properties\":{\"template\":\"small\"}}", ct);
    }
}
