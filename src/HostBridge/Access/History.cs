namespace MeshMcp.HostBridge.Access;

/// <summary>How much of the past is kept: the newest generations, older ones too while they are young, and always the last confirmed one.</summary>
/// <param name="Days">Generations younger than this are kept however many there are.</param>
public sealed record History(int Generations = 100, int Days = 30);
