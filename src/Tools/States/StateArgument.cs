using System.Text.Json;
using MeshMcp.Contracts.Errors;

namespace MeshMcp.Tools.States;

/// <summary>A state document as models send it: an object, or its text.</summary>
static class StateArgument
{
    /// <exception cref="MeshException">InvalidArgument: it is no object, with line and column when it is no JSON.</exception>
    public static JsonElement Read(JsonElement given)
    {
        var document = given.ValueKind == JsonValueKind.String ? Parse(given.GetString()!) : given;
        return document.ValueKind == JsonValueKind.Object
            ? document
            : throw new MeshException(ErrorKind.InvalidArgument, $"The state is {document.ValueKind.ToString().ToLowerInvariant()}, not an object.", "state", "Give the whole document, as get_state with view declared shows it.");
    }

    static JsonElement Parse(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return document.RootElement.Clone();
        }
        catch (JsonException e)
        {
            throw new MeshException(ErrorKind.InvalidArgument, $"The state is no JSON: line {e.LineNumber + 1}, column {e.BytePositionInLine + 1}.", "state", "Correct the text at that place, or give an object.", e);
        }
    }
}
