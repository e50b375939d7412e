namespace MeshMcp.HostBridge.Systems.Packagekit;

/// <summary>A package as PackageKit has it.</summary>
/// <param name="Installed">Its package id, <c>name;version;architecture;origin</c>; null when it is not installed.</param>
/// <param name="Available">Package id of another version that a source has.</param>
public sealed record SeenPackage(string Name, string? Installed, string? Available)
{
    public static string? VersionOf(string? id) => id?.Split(';') is [_, var version, ..] ? version : null;
}
