using MeshMcp.Contracts.Errors;
using MeshMcp.Lab.Namespaces;

namespace MeshMcp.Lab.Commands;

/// <summary>Becomes the program, in the place.</summary>
static class ExecCommand
{
    public static async Task<int> RunAsync(MeshLab lab, string name, IReadOnlyList<string> words)
    {
        var place = lab.Site.Place(name);
        if (await lab.StateAsync() is null) throw new MeshException(ErrorKind.Unavailable, $"The lab '{lab.Site.Prefix}' is not up.", hint: "Bring it up first.");
        var environment = Environment.GetEnvironmentVariables().Cast<System.Collections.DictionaryEntry>().ToDictionary(e => (string)e.Key, e => (string?)e.Value ?? "");
        foreach (var (key, value) in Programs.Environment(place)) environment[key] = value;
        // The runtime would remove these at its end, but the process goes on as another program.
        foreach (var file in Directory.GetFiles(Path.GetTempPath(), $"*-{Environment.ProcessId}-*").Where(f => f.Contains("/dotnet-diagnostic-") || f.Contains("/clr-debug-pipe-"))) File.Delete(file);
        place.Inside(() => Syscalls.Execute(Find(words[0], environment["PATH"]), [.. words.Skip(1)], environment));
        return 0;
    }

    static string Find(string program, string path) => program.Contains('/')
        ? program
        : path.Split(':').Select(folder => $"{folder}/{program}").FirstOrDefault(File.Exists)
            ?? throw new MeshException(ErrorKind.NotFound, $"There is no program '{program}'.", program);
}
