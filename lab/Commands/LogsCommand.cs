using MeshMcp.Contracts.Errors;

namespace MeshMcp.Lab.Commands;

static class LogsCommand
{
    /// <param name="name">A daemon (<c>vps/hostbridge</c>); null: all of them.</param>
    public static async Task<int> RunAsync(MeshLab lab, string? name)
    {
        if (!Directory.Exists(lab.Site.Logs)) throw new MeshException(ErrorKind.Unavailable, $"The lab '{lab.Site.Prefix}' is not up, so there are no logs.");
        var names = Directory.EnumerateFiles(lab.Site.Logs, "*.log", SearchOption.AllDirectories).Select(f => Path.ChangeExtension(Path.GetRelativePath(lab.Site.Logs, f), null)).Order(StringComparer.Ordinal).ToList();
        if (name is not null)
        {
            if (!names.Contains(name)) throw new MeshException(ErrorKind.NotFound, $"There is no log '{name}'. There are: {string.Join(", ", names)}.", name);
            var said = await File.ReadAllTextAsync(lab.Site.Log(name));
            await Console.Out.WriteAsync(said);
            if (said.Length == 0) await Console.Error.WriteLineAsync($"{name} has said nothing.");
            return 0;
        }
        foreach (var log in names)
            foreach (var line in File.ReadLines(lab.Site.Log(log)))
                Console.WriteLine($"{log,-24} {line}");
        return 0;
    }
}
