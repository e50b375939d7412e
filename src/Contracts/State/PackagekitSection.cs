namespace MeshMcp.Contracts.State;

public sealed record PackagekitSection
{
    public IReadOnlyDictionary<string, PackageState> Packages { get; set; } = new Dictionary<string, PackageState>();
}

public sealed record PackageState
{
    public required Ensure Ensure { get; init; }
}

public enum Ensure { Installed, Removed, Latest }
