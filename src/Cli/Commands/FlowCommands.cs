using System.CommandLine;
using MeshMcp.Contracts.Edits;

namespace MeshMcp.Cli.Commands;

/// <summary><c>meshctl flow add|delete</c>: one edit of the desired state, applied and verified.</summary>
static class FlowCommands
{
    static readonly Argument<string> Flow = new("FLOW") { Description = "One flow, in quotes." };

    public static Command Create() => new("flow", "Add or delete one flow.")
    {
        LocalNode.Edit("add", "Add a flow, or give the one with the same table, priority and match other actions.",
            ["meshctl flow add 'priority=100,tcp,tp_dst=9573,actions=output:veth200'", "meshctl flow add 'priority=10,arp,actions=normal' --confirm-within 60 --why 'ARP between containers'", "meshctl flow add 'priority=300,udp,actions=drop' --for 60s"],
            parse => new AddFlow(parse.GetRequiredValue(Flow)), Flow, ChangeOptions.For),
        LocalNode.Edit("delete", "Delete the one flow that is described; the actions may be left out.",
            ["meshctl flow delete 'priority=100,tcp,tp_dst=9573'"],
            parse => new DeleteFlow(parse.GetRequiredValue(Flow)), Flow),
    };
}
