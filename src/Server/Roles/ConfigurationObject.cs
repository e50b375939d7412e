using System.Net;
using System.Text.Json;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Nodes;

namespace MeshMcp.Server.Roles;

/// <summary>One object of a configuration file, read strictly: every fault goes into one list, with its path, and reading goes on.</summary>
sealed class ConfigurationObject
{
    readonly Dictionary<string, JsonElement> _members = [];
    readonly string _path;
    readonly List<Problem> _problems;

    /// <param name="path">Empty for the whole file.</param>
    /// <param name="fields">All there may be; any when null.</param>
    public ConfigurationObject(JsonElement element, string path, List<Problem> problems, IReadOnlyList<string>? fields = null)
    {
        (_path, _problems) = (path, problems);
        if (element.ValueKind != JsonValueKind.Object)
        {
            problems.Add(new(path.Length == 0 ? "$" : path, "must be an object"));
            return;
        }
        foreach (var member in element.EnumerateObject())
            if (fields?.Contains(member.Name) == false) problems.Add(new(PathOf(member.Name), "is not a known field", Nearest: Nearest.To(member.Name, fields)));
            else _members[member.Name] = member.Value;
    }

    public IEnumerable<string> Names => _members.Keys;

    public bool Has(string field) => _members.ContainsKey(field);

    public void Fault(string field, string message) => _problems.Add(new(PathOf(field), message));

    /// <summary>A non-empty text; null, and a fault when it is required, where it is missing.</summary>
    public string? Text(string field, bool required = false)
    {
        if (!_members.TryGetValue(field, out var value))
        {
            if (required) Fault(field, "is missing");
            return null;
        }
        if (value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text) return text;
        Fault(field, "must be a text");
        return null;
    }

    public string? File(string field, bool required = false)
    {
        if (Text(field, required) is not { } file) return null;
        if (Path.IsPathFullyQualified(file)) return file;
        Fault(field, $"'{file}' is not an absolute path");
        return null;
    }

    public EndPoint? Address(string field)
    {
        if (Text(field, required: true) is not { } text) return null;
        if (HostPort.TryParse(text, out var address) && address is not (IPEndPoint { Port: 0 } or DnsEndPoint { Port: 0 })) return address;
        Fault(field, $"'{text}' is not {HostPort.Form}, with a port from 1 to 65535");
        return null;
    }

    public bool Flag(string field)
    {
        if (!_members.TryGetValue(field, out var value)) return false;
        if (value.ValueKind is not (JsonValueKind.True or JsonValueKind.False)) Fault(field, "must be true or false");
        return value.ValueKind == JsonValueKind.True;
    }

    /// <summary>One of the words of <typeparamref name="T"/>, in lower case.</summary>
    public T Choice<T>(string field, T otherwise) where T : struct, Enum
    {
        if (Text(field) is not { } text) return otherwise;
        var words = Enum.GetNames<T>().Select(n => n.ToLowerInvariant()).ToList();
        if (words.Contains(text)) return Enum.Parse<T>(text, ignoreCase: true);
        Fault(field, $"'{text}' is none of {string.Join(", ", words)}");
        return otherwise;
    }

    /// <param name="form">What an entry that does not pass <paramref name="isValid"/> should have been.</param>
    public IReadOnlyList<string> Texts(string field, Func<string, bool> isValid, string form)
    {
        if (!_members.TryGetValue(field, out var value)) return [];
        if (value.ValueKind != JsonValueKind.Array)
        {
            Fault(field, "must be a list");
            return [];
        }
        List<string> texts = [];
        foreach (var (i, item) in value.EnumerateArray().Index())
            if (item.ValueKind == JsonValueKind.String && isValid(item.GetString()!)) texts.Add(item.GetString()!);
            else Fault($"{field}[{i}]", $"{item.GetRawText()} is not {form}");
        return texts;
    }

    /// <param name="fields">As in the constructor.</param>
    public ConfigurationObject? Object(string field, IReadOnlyList<string>? fields = null) =>
        _members.TryGetValue(field, out var value) ? new(value, PathOf(field), _problems, fields) : null;

    string PathOf(string field) => _path.Length == 0 ? field : $"{_path}.{field}";
}
