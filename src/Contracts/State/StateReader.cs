using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Json;

namespace MeshMcp.Contracts.State;

/// <summary>Reads a state document and reports every fault of its shape, not the first: unknown fields with the nearest known ones, missing fields, wrong types.</summary>
public static class StateReader
{
    static readonly JsonDocumentOptions Lenient = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, MaxDepth = 32 };

    /// <exception cref="MeshException">The text is no JSON, or has faults: <see cref="MeshError.Problems"/> lists what is wrong where, with line and column.</exception>
    public static NodeState Read(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, Lenient);
            return Read(document.RootElement);
        }
        catch (JsonException e)
        {
            var (line, column) = ((int?)e.LineNumber + 1, (int?)e.BytePositionInLine + 1);
            throw new MeshException(new MeshError(ErrorKind.InvalidArgument, $"The state is no JSON: line {line}, column {column}: {FirstSentence(e.Message)}", "state", "Correct the text at that place.",
                [new("state", FirstSentence(e.Message)) { Line = line, Column = column }]), e);
        }
        catch (MeshException e) when (e.Error.Problems is { } problems)
        {
            throw new MeshException(e.Error with { Problems = TextPlaces.Locate(problems, json) }, e);
        }
    }

    /// <inheritdoc cref="Read(string)"/>
    public static NodeState Read(JsonElement document)
    {
        var problems = JsonShape.Faults(document, MeshJson.Default.NodeState, "state").ToList();
        if (document.ValueKind == JsonValueKind.Object && document.TryGetProperty("version", out var version)
            && version.ValueKind == JsonValueKind.Number && !(version.TryGetInt32(out var v) && v == NodeState.CurrentVersion))
            problems.Add(new("version", $"This program reads version {NodeState.CurrentVersion} only."));
        if (problems.Count > 0)
            throw new MeshException(new MeshError(ErrorKind.InvalidArgument, $"The state has {problems.Count} fault{(problems.Count == 1 ? "" : "s")}.", "state", "Correct each path named in problems.", problems));
        try
        {
            return document.Deserialize(MeshJson.Default.NodeState)!;
        }
        catch (JsonException e)
        {
            throw new MeshException(ErrorKind.InvalidArgument, $"The state does not fit at {e.Path}: {FirstSentence(e.Message)}", e.Path, "Correct that field.", e);
        }
    }

    /// <summary>Reads a part of a state, or settings of one, with every fault of its shape.</summary>
    /// <param name="what">What it is, which paths begin with.</param>
    /// <exception cref="MeshException">It has faults.</exception>
    public static T Read<T>(JsonElement given, JsonTypeInfo<T> type, string what)
    {
        Problem[] problems = [.. JsonShape.Faults(given, type, what).Select(p => p.Path == what ? p : p with { Path = $"{what}.{p.Path}" })];
        if (problems.Length > 0)
            throw new MeshException(new MeshError(ErrorKind.InvalidArgument, problems.Length == 1 ? $"{problems[0].Path}: {problems[0].Message}" : $"{what} has {problems.Length} faults.", problems[0].Path, "Correct each path named in problems.", problems));
        return given.Deserialize(type)!;
    }

    static string FirstSentence(string message) => message.Split(" Path:", 2)[0].Split(" LineNumber:", 2)[0];
}
