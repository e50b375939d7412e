using MeshMcp.Contracts.Errors;

namespace MeshMcp.Lab.Commands;

static class LogsCommand
{
    public static async Task<int> RunAsync(MeshLab lab, string? name)
    {
        if (!Directory.Exists(lab.Site.Logs)) throw new MeshException(ErrorKind.Unavailable, $"The lab '{lab.Site.Prefix}' is not up, so there are no logs.");
        var files = Directory.GetFiles(lab.Site.Logs).Order().ToDictionary(f => Path.GetFileNameWithoutExtension(f));
        if (name is not null)
        {
            if (!files.TryGetValue(name.Replace('/', '-'), out var file))
                throw new MeshException(ErrorKind.NotFound, $"There is no log '{name}'. There are: {string.Join(", ", files.Keys)}.", name);
            Console.Write(await File.ReadAllTextAsync(file));
            return 0;
        }
        foreach (var (log, file) in files)
            foreach (var line in File.ReadLines(file))
                Console.WriteLine($"{log,-24} {line}");
        return 0;
    }
}
