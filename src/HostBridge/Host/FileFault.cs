using MeshMcp.Contracts.Errors;

namespace MeshMcp.HostBridge.Host;

/// <summary>A full disk, one mounted read-only, a folder that is gone: the host's trouble, not a defect.</summary>
static class FileFault
{
    /// <param name="e">An <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/>.</param>
    public static MeshError Of(Exception e) => new(ErrorKind.Unavailable, $"A file of the node cannot be written or read: {e.Message}", "state", "Make room, or mount its file system for writing; meshctl doctor on the node looks at it.");
}
