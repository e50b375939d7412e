namespace MeshMcp.HostBridge.OpenVSwitch;

/// <summary>What a watch over a bridge's flows reports.</summary>
public abstract record FlowEvent
{
    private FlowEvent()
    {
    }

    /// <summary>From now on every change is reported; flows may have been lost before.</summary>
    public sealed record Watching : FlowEvent;

    /// <summary>Someone, we too, added, modified or deleted a flow.</summary>
    /// <param name="Text">As <c>ovs-ofctl monitor</c> says it; it has no priority.</param>
    /// <param name="Own">It is what we have just done ourselves.</param>
    public sealed record Changed(string Text, bool Own = false) : FlowEvent;
}
