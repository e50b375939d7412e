using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Host;

namespace MeshMcp.HostBridge.Systems.Xray;

/// <summary>The programs <c>xray</c> and <c>v2ray</c> of the host, and those that run in containers.</summary>
public sealed class XrayPrograms(ICommandRunner commands, ContainerPrograms processes)
{
    static readonly int[] AnyCode = [.. Enumerable.Range(0, 256)];
    static readonly TimeSpan AnswersWithin = TimeSpan.FromSeconds(5);

    public static string NameOf(XrayProgram program) => program == XrayProgram.V2ray ? "v2ray" : "xray";

    public static bool Has(XrayProgram program) => ProgramPath.IsThere(NameOf(program));

    /// <summary>Has the program itself check a configuration.</summary>
    /// <exception cref="MeshException">CommandFailed, in the program's words.</exception>
    public async Task TestAsync(XrayProgram program, string file, CancellationToken ct)
    {
        var said = await commands.RunAsync(Test(program, file) with { SuccessCodes = AnyCode }, ct);
        if (said.ExitCode == 0) return;
        throw new MeshException(ErrorKind.CommandFailed, $"{NameOf(program)} refuses the configuration: {WordsOf(said).Replace(file, XrayFiles.Path, StringComparison.Ordinal)}", "xray", "The old configuration stays. Correct the section, or the secrets that it names.");
    }

    /// <summary>Null when it is not installed or says something else.</summary>
    public async Task<string?> VersionAsync(XrayProgram program, CancellationToken ct)
    {
        try
        {
            var said = await commands.RunAsync(program == XrayProgram.V2ray ? Command.Of("v2ray", "-version") : Command.Of("xray", "version"), ct);
            return said.Output.Split([' ', '\n'], 3) is [_, var version, ..] ? version : null;
        }
        catch (MeshException)
        {
            return null;
        }
    }

    /// <summary>Null while the container does not run; else whether the program runs in it with our configuration.</summary>
    public async Task<bool?> RunsAsync(string container, CancellationToken ct) =>
        await processes.InitAsync(container, ct) is { } init ? processes.With(init, XrayFiles.Path).Count > 0 : null;

    /// <summary>Ends the program in the container, whose init starts it again with what is in the file now.</summary>
    public async Task RestartAsync(string container, CancellationToken ct)
    {
        if (await processes.InitAsync(container, ct) is { } init) await processes.RestartAsync(init, XrayFiles.Path, ct);
    }

    /// <summary>Bytes by the name of the counter, <c>user>>>alice>>>traffic>>>uplink</c>, asked in the container's network.</summary>
    /// <exception cref="MeshException">Unavailable: it does not run, or does not answer.</exception>
    public async Task<IReadOnlyDictionary<string, long>> TrafficAsync(string container, XrayProgram program, CancellationToken ct)
    {
        var pid = await processes.InitAsync(container, ct) is { } init && processes.With(init, XrayFiles.Path) is [var first, ..] ? first : 0;
        if (pid == 0) throw new MeshException(ErrorKind.Unavailable, $"{NameOf(program)} does not run in container {container}.", $"container {container}");
        try
        {
            return await TrafficAsync(pid, program, ct);
        }
        catch (MeshException e)
        {
            throw new MeshException(ErrorKind.Unavailable, $"{NameOf(program)} in container {container} does not tell its counters: {e.Error.Message}", $"container {container}", inner: e);
        }
    }

    /// <param name="pid">A process in the program's network namespace.</param>
    internal async Task<IReadOnlyDictionary<string, long>> TrafficAsync(int pid, XrayProgram program, CancellationToken ct)
    {
        var server = $"--server=127.0.0.1:{XrayConfiguration.ApiPort}";
        string[] words = program == XrayProgram.V2ray
            ? ["v2ctl", "api", server, "StatsService.QueryStats", "pattern: \"\" reset: false"]
            : ["xray", "api", "statsquery", server];
        var said = await commands.RunAsync(Command.Of("nsenter", ["--target", $"{pid}", "--net", "--", ProgramPath.Find(words[0]), .. words.Skip(1)]) with { Timeout = AnswersWithin }, ct);
        return XrayCounters.Read(said.Output);
    }

    /// <summary>The line that says what is wrong, among banners on standard output and a stack trace on standard error.</summary>
    static string WordsOf(CommandResult said)
    {
        var lines = $"{said.Output}\n{said.ErrorOutput}".Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return lines.FirstOrDefault(l => l.Contains("failed", StringComparison.OrdinalIgnoreCase)) ?? (lines is [.., var last] ? last : $"it ended with code {said.ExitCode}");
    }

    static Command Test(XrayProgram program, string file) =>
        program == XrayProgram.V2ray ? Command.Of("v2ray", "-test", "-config", file) : Command.Of("xray", "run", "-test", "-c", file);
}
