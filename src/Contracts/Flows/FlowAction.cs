namespace MeshMcp.Contracts.Flows;

/// <summary>What a flow does with a packet, one step of it. Drop is the empty list.</summary>
public abstract record FlowAction
{
    private FlowAction()
    {
    }

    /// <summary>Sends the packet.</summary>
    /// <param name="Port">A port's name or number, or LOCAL, NORMAL, FLOOD, ALL, IN_PORT.</param>
    public sealed record Output(string Port) : FlowAction
    {
        public override string ToString() => FlowPort.IsReserved(Port) ? Port : $"output:{Port}";
    }

    /// <summary>Looks the packet up again; at least one of the two is given.</summary>
    /// <param name="Port">As if it came from this port (name, number or LOCAL); null keeps the real one.</param>
    /// <param name="Table">In this table; null stays in this one.</param>
    public sealed record Resubmit(string? Port, int? Table) : FlowAction
    {
        public override string ToString() => Table is null ? $"resubmit:{Port}" : $"resubmit({Port},{Table})";
    }

    /// <summary>Goes on in a later table; always the last action.</summary>
    public sealed record GotoTable(int Table) : FlowAction
    {
        public override string ToString() => $"goto_table:{Table}";
    }

    /// <summary>Any other action; it names no port.</summary>
    /// <param name="Name">Its keyword: <c>mod_dl_dst</c>, <c>set_field</c>, <c>ct</c> …</param>
    /// <param name="Text">The whole action in its normal form.</param>
    public sealed record Other(string Name, string Text) : FlowAction
    {
        public override string ToString() => Text;
    }
}
