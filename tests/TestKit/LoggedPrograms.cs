namespace MeshMcp.TestKit;

/// <summary>
/// A folder to give a node as its only PATH: every program of this machine, by its name, and each start of one is a line of a file.
/// What is not in it cannot be started, so nothing is left out.
/// </summary>
public sealed class LoggedPrograms : IDisposable
{
    const UnixFileMode Executable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    readonly string _log;

    public LoggedPrograms()
    {
        Folder = Directory.CreateTempSubdirectory("meshmcp-programs-").FullName;
        _log = Path.Combine(Folder, ".log");
        File.WriteAllText(_log, "");
        var real = Environment.GetEnvironmentVariable("PATH")!;
        var script = Path.Combine(Folder, ".start");
        File.WriteAllText(script, $$"""
            #!/bin/sh
            program=${0##*/}
            PATH={{real}}
            printf '%s %s\n' "$program" "$*" >> {{_log}}
            exec "$program" "$@"

            """);
        File.SetUnixFileMode(script, Executable);
        foreach (var folder in real.Split(':', StringSplitOptions.RemoveEmptyEntries).Where(Directory.Exists))
            foreach (var program in Directory.EnumerateFiles(folder))
                if (Path.Combine(Folder, Path.GetFileName(program)) is var link && !Path.Exists(link)) File.CreateSymbolicLink(link, script);
    }

    public string Folder { get; }

    /// <summary>Command lines of all programs that were started, in order.</summary>
    public IReadOnlyList<string> Started => File.ReadAllLines(_log);

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
