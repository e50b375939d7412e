namespace MeshMcp.Contracts.Flows;

/// <summary>One condition of a match.</summary>
/// <param name="Name">As Open vSwitch prints it: <c>in_port</c>, <c>nw_dst</c>, <c>tp_dst</c>, or a protocol's name (<c>tcp</c>).</param>
/// <param name="Value">In its normal form, with a mask where it has one; null for a protocol's name.</param>
public sealed record FlowField(string Name, string? Value)
{
    public override string ToString() => Value is null ? Name : $"{Name}={Value}";
}
