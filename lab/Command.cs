using System.Diagnostics;
using CliWrap;
using CliWrap.Buffered;
using MeshMcp.Contracts.Errors;
using MeshMcp.Lab.Namespaces;

namespace MeshMcp.Lab;

/// <summary>What a program that has ended wrote, and its exit code.</summary>
public sealed record Output(int ExitCode, string Text, string Errors)
{
    /// <summary>The text of a program that succeeded; anything else throws with its standard error.</summary>
    public string Succeeded(string what) => ExitCode == 0
        ? Text
        : throw new MeshException(ErrorKind.CommandFailed, $"{what} ended with {ExitCode}: {(Errors + Text).Trim()}", what);
}

/// <summary>A program with its arguments, run in a place or, without one, on the machine.</summary>
public sealed record Command(Place? Place, IReadOnlyList<string> Words)
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(150);

    public Process Start()
    {
        var start = new ProcessStartInfo(Words[0])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var word in Words.Skip(1)) start.ArgumentList.Add(word);
        foreach (var (name, value) in Programs.Environment(Place)) start.Environment[name] = value;
        return Place is null ? Launch() : Place.Inside(Launch);

        Process Launch() => Process.Start(start)!;
    }

    /// <summary>Runs to the end; killed and refused as <see cref="ErrorKind.Timeout"/> when it takes longer than <paramref name="patience"/> (150 s).</summary>
    public async Task<Output> RunAsync(string? input = null, TimeSpan? patience = null, CancellationToken ct = default)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(ct);
        deadline.CancelAfter(patience ?? Patience);
        var run = Cli.Wrap(Words[0]).WithArguments(Words.Skip(1)).WithEnvironmentVariables(Programs.Environment(Place)!).WithValidation(CommandResultValidation.None)
            .WithStandardInputPipe(input is null ? PipeSource.Null : PipeSource.FromString(input));
        try
        {
            var ended = await (Place is null ? Launch() : Place.Inside(Launch));
            return new(ended.ExitCode, ended.StandardOutput, ended.StandardError);
        }
        catch (OperationCanceledException)
        {
            ct.ThrowIfCancellationRequested();
            throw new MeshException(ErrorKind.Timeout, $"{string.Join(' ', Words)} did not end within {(patience ?? Patience).TotalSeconds:0} s.", Words[0]);
        }

        CommandTask<BufferedCommandResult> Launch() => run.ExecuteBufferedAsync(deadline.Token);
    }

    /// <summary>Runs to the end and gives what was written to standard output; throws when the exit code is not 0.</summary>
    public async Task<string> TextAsync(string? input = null, CancellationToken ct = default) =>
        (await RunAsync(input, ct: ct)).Succeeded(string.Join(' ', Words));
}
