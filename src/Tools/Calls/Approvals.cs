namespace MeshMcp.Tools.Calls;

/// <summary>What <see cref="Approval"/> needs of its server: the policy, and the key that signs open questions.</summary>
public sealed class Approvals(TimeProvider time, ApprovalPolicy policy)
{
    public ApprovalPolicy Policy => policy;

    public TimeProvider Time => time;

    public RequestStateProtector States { get; } = new(time);
}
