using System.CommandLine;
using MeshMcp.Cli.Output;
using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Nodes;
using Spectre.Console;

namespace MeshMcp.Cli.Commands;

/// <summary><c>meshctl unit status|set|release</c>.</summary>
static class UnitCommands
{
    static readonly Argument<string> Unit = new("UNIT") { Description = "The unit with its type: netclient.service." };

    public static Command Create() => new("unit", "systemd's units that the node keeps as wanted.") { Status(), Set(), Release() };

    static Verb Status()
    {
        var name = new Argument<string?>("UNIT") { Description = "A unit, or a pattern; else those of the state.", Arity = ArgumentArity.ZeroOrOne };
        return LocalNode.With(LocalNode.Verb("status", "Show units: what they are, should be, and were before.",
            ["meshctl unit status", "meshctl unit status netclient.service", "meshctl unit status 'wg-quick@*'"],
            async (node, parse, printer, ct) =>
            {
                var list = await node.UnitsAsync(parse.GetValue(name), ct);
                printer.Show(list, console =>
                {
                    if (list.Trouble is { } trouble)
                    {
                        console.WriteLine($"systemd does not answer: {Plain.Text(trouble)}");
                        return;
                    }
                    var table = Plain.Table("UNIT", "ACTIVE", "FILE", "WANTED", "");
                    foreach (var unit in list.Units) table.Row(unit.Name, unit.Load == "not-found" ? "not there" : $"{unit.Active} ({unit.Sub})", unit.File, unit.Wanted?.Describe(), unit.Failure);
                    console.Write(table);
                    foreach (var line in list.Units.SelectMany(u => u.Journal)) console.WriteLine(Plain.Text(line));
                });
            }), name);
    }

    static Verb Set()
    {
        var start = new Option<bool>("--start") { Description = "Keep it running." };
        var stop = new Option<bool>("--stop") { Description = "Keep it stopped." };
        var enable = new Option<bool>("--enable") { Description = "Start it at boot." };
        var disable = new Option<bool>("--disable") { Description = "Do not start it at boot." };
        var mask = new Option<bool>("--mask") { Description = "Let nothing start it." };
        var unmask = new Option<bool>("--unmask") { Description = "Take a mask away." };
        bool? Of(ParseResult parse, Option<bool> yes, Option<bool> no) => (parse.GetValue(yes), parse.GetValue(no)) switch
        {
            (true, true) => throw new MeshException(ErrorKind.InvalidArgument, $"{yes.Name} and {no.Name} exclude each other.", yes.Name, "Give one of them."),
            (true, _) => true,
            (_, true) => false,
            _ => null,
        };
        return LocalNode.Edit("set", "Start or stop, enable or disable, mask or unmask a unit, and keep it so.",
            ["meshctl unit set netclient.service --start --enable", "meshctl unit set cups.service --stop --disable --mask"],
            parse => new SetUnit(parse.GetRequiredValue(Unit), Of(parse, enable, disable), Of(parse, start, stop) is { } active ? active ? "active" : "inactive" : null, Of(parse, mask, unmask)),
            Unit, start, stop, enable, disable, mask, unmask);
    }

    static Verb Release() => LocalNode.Edit("release", "Take a unit out of the state: it becomes what it was before.",
        ["meshctl unit release cups.service"], parse => new ReleaseUnit(parse.GetRequiredValue(Unit)), Unit);
}
