using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.State;

namespace MeshMcp.Cli.Commands;

/// <summary>What a file holds, or standard input.</summary>
static class GivenText
{
    /// <param name="file"><c>-</c> is standard input, whose reading itself cannot be interrupted.</param>
    public static Task<string> ReadAsync(string file, CancellationToken ct) =>
        file == "-" ? Task.Run(Console.In.ReadToEnd, CancellationToken.None).WaitAsync(ct) : File.ReadAllTextAsync(file, ct);

    /// <summary>Reads JSON, held to its shape.</summary>
    /// <param name="what">What it is to be; paths of its faults begin with it.</param>
    /// <param name="example">How it looks.</param>
    /// <exception cref="MeshException">NotFound: there is no such file. InvalidArgument: with line and column of every fault.</exception>
    public static async Task<T> ReadAsync<T>(string file, JsonTypeInfo<T> type, string what, string example, CancellationToken ct)
    {
        var text = "";
        try
        {
            text = await ReadAsync(file, ct);
            using var given = JsonDocument.Parse(text);
            return StateReader.Read(given.RootElement, type, what);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new MeshException(ErrorKind.NotFound, $"{file} does not exist.", file, $"Name a file; it looks like {example}.", e);
        }
        catch (JsonException e)
        {
            throw new MeshException(ErrorKind.InvalidArgument, $"{file} is no JSON: line {e.LineNumber + 1}, column {e.BytePositionInLine + 1}.", file, $"Correct the text at that place; it looks like {example}.", e);
        }
        catch (MeshException e) when (e.Error.Problems is { } problems)
        {
            var inText = TextPlaces.Locate([.. problems.Select(p => p with { Path = p.Path == what ? "" : p.Path[(what.Length + 1)..] })], text);
            throw new MeshException(e.Error with { Problems = [.. problems.Zip(inText, (p, place) => p with { Line = place.Line, Column = place.Column })] }, e);
        }
    }
}
