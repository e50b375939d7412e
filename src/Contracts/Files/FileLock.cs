using System.Diagnostics;
using MeshMcp.Contracts.Errors;

namespace MeshMcp.Contracts.Files;

/// <summary>Lets one process at a time read a file, change it and write it back: without it the later of two loses what the earlier wrote.</summary>
public static class FileLock
{
    static readonly TimeSpan Within = TimeSpan.FromSeconds(10);
    const int Poll = 10;

    /// <summary>Runs <paramref name="change"/> while no other process is in the same; a file <c>PATH.lock</c> stays beside it.</summary>
    /// <exception cref="MeshException">Conflict: another held it too long. PermissionDenied: this user may not write there.</exception>
    public static T Held<T>(string path, Func<T> change)
    {
        using var held = Take($"{path}.lock");
        return change();
    }

    static FileStream Take(string path)
    {
        var waited = Stopwatch.StartNew();
        using var pause = new ManualResetEventSlim();
        while (true)
            try
            {
                return new(path, new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.Write, Share = FileShare.None, UnixCreateMode = AtomicFile.Secret });
            }
            catch (UnauthorizedAccessException e)
            {
                throw new MeshException(ErrorKind.PermissionDenied, $"{path} may not be written by this user.", path, "Run as root, or as the user whose file it is.", e);
            }
            catch (DirectoryNotFoundException e)
            {
                throw new MeshException(ErrorKind.NotFound, $"There is no folder {Path.GetDirectoryName(path)}.", path, "Make it, or name a file in one that is there.", e);
            }
            catch (IOException) when (waited.Elapsed < Within)
            {
                pause.Wait(Poll);
            }
            catch (IOException e)
            {
                throw new MeshException(ErrorKind.Conflict, $"{path} is held by another process: {e.Message}", path, "Wait until the other command has ended, and try again.", e);
            }
    }
}
