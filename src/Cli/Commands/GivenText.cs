namespace MeshMcp.Cli.Commands;

/// <summary>What a file holds, or standard input.</summary>
static class GivenText
{
    /// <param name="file"><c>-</c> is standard input, whose reading itself cannot be interrupted.</param>
    public static Task<string> ReadAsync(string file, CancellationToken ct) =>
        file == "-" ? Task.Run(Console.In.ReadToEnd, CancellationToken.None).WaitAsync(ct) : File.ReadAllTextAsync(file, ct);
}
