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

    public static string Text(ParseResult parse)
    {
        var file = parse.GetRequiredValue(File);
        try
        {
            return file == "-" ? Console.In.ReadToEnd() : System.IO.File.ReadAllText(file);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new MeshException(ErrorKind.NotFound, $"{file} does not exist.", file, "Name a state document; 'meshctl state' prints the present one.", e);
        }
    }

    public static JsonElement Read(string text) => JsonSerializer.SerializeToElement(StateReader.Read(text), MeshJson.Default.NodeState);
}
