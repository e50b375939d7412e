using System.CommandLine;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Edits;

namespace MeshMcp.Cli.Commands;

/// <summary><c>meshctl flow add|delete</c>: one edit of the desired state, applied and verified.</summary>
static class FlowCommands
{
    static readonly Argument<string> Flow = new("FLOW") { Description = "One flow, in quotes." };

    public static Command Create() => new("flow", "Add or delete one flow.")
    {
        Change("add", "Add a flow, or give the one with the same table, priority and match other actions.",
            ["meshctl flow add 'priority=100,tcp,tp_dst=9573,actions=output:veth200'", "meshctl flow add 'priority=10,arp,actions=normal' --confirm-within 60 --why 'ARP between containers'"],
            flow => new AddFlow(flow)),
        Change("delete", "Delete the one flow that is described; the actions may be left out.",
            ["meshctl flow delete 'priority=100,tcp,tp_dst=9573'"],
            flow => new DeleteFlow(flow)),
    };

    static Verb Change(string name, string description, IReadOnlyList<string> examples, Func<string, Edit> edit)
    {
        var verb = LocalNode.Verb(name, description, examples, (node, parse, printer, ct) =>
            ChangeReport.FollowAsync(node.ApplyAsync(new ChangeRequest
            {
                Edits = [edit(parse.GetRequiredValue(Flow))],
                ConfirmWithin = parse.GetValue(ChangeOptions.ConfirmWithin),
                Why = parse.GetValue(ChangeOptions.Why),
            }, ct), printer));
        verb.Add(Flow);
        verb.Add(ChangeOptions.ConfirmWithin);
        verb.Add(ChangeOptions.Why);
        return verb;
    }
}
