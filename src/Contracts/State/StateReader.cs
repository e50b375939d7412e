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
        var problems = new List<Problem>();
        Check(document, MeshJson.Default.NodeState, "", problems);
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
        var problems = new List<Problem>();
        Check(given, type, what, problems);
        if (problems.Count > 0)
            throw new MeshException(new MeshError(ErrorKind.InvalidArgument, problems.Count == 1 ? $"{problems[0].Path}: {problems[0].Message}" : $"{what} has {problems.Count} faults.", problems[0].Path, "Correct each path named in problems.", problems));
        return given.Deserialize(type)!;
    }

    static void Check(JsonElement value, JsonTypeInfo type, string path, List<Problem> problems)
    {
        switch (type.Kind)
        {
            case JsonTypeInfoKind.Object:
                CheckObject(value, type, path, problems);
                break;
            case JsonTypeInfoKind.Enumerable:
                if (value.ValueKind != JsonValueKind.Array) { problems.Add(new(path, $"A list is expected, not {Describe(value)}.")); break; }
                var index = 0;
                foreach (var item in value.EnumerateArray()) Check(item, Info(type.ElementType!), $"{path}[{index++}]", problems);
                break;
            case JsonTypeInfoKind.Dictionary:
                if (value.ValueKind != JsonValueKind.Object) { problems.Add(new(path, $"An object is expected, not {Describe(value)}.")); break; }
                foreach (var entry in value.EnumerateObject()) Check(entry.Value, Info(type.ElementType!), Join(path, entry.Name), problems);
                break;
            default:
                CheckScalar(value, type, path, problems);
                break;
        }
    }

    static void CheckObject(JsonElement value, JsonTypeInfo type, string path, List<Problem> problems)
    {
        if (value.ValueKind != JsonValueKind.Object) { problems.Add(new(path.Length == 0 ? "state" : path, $"An object is expected, not {Describe(value)}.")); return; }
        var seen = new HashSet<string>();
        foreach (var field in value.EnumerateObject())
        {
            var property = type.Properties.FirstOrDefault(p => p.Name == field.Name);
            if (property is null)
                problems.Add(new(Join(path, field.Name), "Unknown field.", Nearest: Nearest.To(field.Name, type.Properties.Select(p => p.Name))));
            else if (!seen.Add(field.Name))
                problems.Add(new(Join(path, field.Name), "Given twice."));
            else if (field.Value.ValueKind == JsonValueKind.Null)
            {
                if (!property.IsSetNullable || property.IsRequired) problems.Add(new(Join(path, field.Name), "Must not be null."));
            }
            else
                Check(field.Value, Info(property.PropertyType), Join(path, field.Name), problems);
        }
        foreach (var missing in type.Properties.Where(p => p.IsRequired && !seen.Contains(p.Name)))
            problems.Add(new(Join(path, missing.Name), "This field is required."));
    }

    static void CheckScalar(JsonElement value, JsonTypeInfo type, string path, List<Problem> problems)
    {
        try
        {
            if (value.Deserialize(type) is null) problems.Add(new(path, "Must not be null."));
        }
        catch (JsonException)
        {
            var scalar = Nullable.GetUnderlyingType(type.Type) ?? type.Type;
            if (scalar.IsEnum)
            {
                string[] names = [.. Enum.GetNames(scalar).Select(JsonNamingPolicy.CamelCase.ConvertName)];
                problems.Add(new(path, $"One of {string.Join(", ", names)} is expected, not {Describe(value)}.",
                    Nearest: value.ValueKind == JsonValueKind.String ? Nearest.To(value.GetString()!, names) : null));
            }
            else
                problems.Add(new(path, $"{Expected(scalar)} is expected, not {Describe(value)}."));
        }
    }

    static JsonTypeInfo Info(Type type) => MeshJson.Default.GetTypeInfo(type) ?? throw new InvalidOperationException($"{type} is not in the JSON context");

    static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";

    static string Expected(Type scalar) => scalar == typeof(bool) ? "true or false" : scalar == typeof(string) ? "A string" : "A whole number";

    static string Describe(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.Null => "null",
        _ => value.GetRawText() is { Length: <= 40 } text ? text : value.GetRawText()[..40] + "…",
    };

    static string FirstSentence(string message) => message.Split(" Path:", 2)[0].Split(" LineNumber:", 2)[0];
}
