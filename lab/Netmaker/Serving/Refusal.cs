namespace MeshMcp.NetmakerStandIn.Serving;

/// <summary>An answer other than 200.</summary>
sealed class Refusal(int status, string message) : Exception(message)
{
    public int Status => status;
}
