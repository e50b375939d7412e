using System.CommandLine;
using System.Text.Json;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.State;

namespace MeshMcp.Cli.Commands;

/// <summary>The document that a command is given. It is read here for its faults of form, which need no node; the node judges the rest.</summary>
static class StateDocument
{
    public static readonly Argument<string> File = new("FILE") { Description = "A state document (JSON); - reads standard input." };

    static async Task<string> TextAsync(ParseResult parse, CancellationToken ct)
    {
        var file = parse.GetRequiredValue(File);
        try
        {
            return await GivenText.ReadAsync(file, ct);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new MeshException(ErrorKind.NotFound, $"{file} does not exist.", file, "Name a state document; 'meshctl state' prints the present one.", e);
        }
    }

    /// <summary>Gives the node a document; faults that the node finds in it are led to line and column too.</summary>
    public static async Task GiveAsync(ParseResult parse, Func<JsonElement, Task> give, CancellationToken ct)
    {
        var text = await TextAsync(parse, ct);
        try
        {
            await give(Read(text));
        }
        catch (MeshException e) when (e.Error.Problems is { Count: > 0 } problems && problems[0].Line is null)
        {
            throw new MeshException(e.Error with { Problems = TextPlaces.Locate(problems, text) }, e);
        }
    }

    public static JsonElement Read(string text) => JsonSerializer.SerializeToElement(StateReader.Read(text), MeshJson.Default.NodeState);
}
