using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MeshMcp.Lab;
using ModelContextProtocol;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace MeshMcp.Tasks;

/// <summary>A real MCP client that remembers what answers had and counts what a model would have read and written.</summary>
sealed partial class ToolClient(McpClient client) : IAsyncDisposable
{
    readonly Dictionary<string, string> kept = [];

    public int Calls { get; private set; }

    /// <summary>Of arguments and answers: of each answer the longer of its two forms, since clients show their model one of them.</summary>
    public int Bytes { get; private set; }

    public static async Task<ToolClient> ConnectAsync(LabState lab, string? toolsets, CancellationToken ct)
    {
        var transport = new HttpClientTransport(new()
        {
            Endpoint = new(lab.Url + (toolsets is null ? "" : $"?toolsets=default,{toolsets}")),
            TransportMode = HttpTransportMode.StreamableHttp,
            AdditionalHeaders = new Dictionary<string, string> { ["Authorization"] = $"Bearer {lab.Token}" },
        });
        return new(await McpClient.CreateAsync(transport, cancellationToken: ct));
    }

    /// <summary>The tools that a model is told of, and what their list costs as it is sent.</summary>
    public async Task<(int Tools, int Bytes)> ListedAsync(CancellationToken ct)
    {
        var tools = await client.ListToolsAsync(cancellationToken: ct);
        return (tools.Count, Encoding.UTF8.GetByteCount(JsonSerializer.Serialize(tools.Select(t => t.ProtocolTool), McpJsonUtilities.DefaultOptions)));
    }

    /// <summary>What is wrong with the answer; null: nothing.</summary>
    public async Task<string?> CallAsync(TaskCall call, CancellationToken ct)
    {
        var arguments = JsonNode.Parse(Filled(call.Arguments?.ToJsonString() ?? "{}"))!.AsObject();
        var (refused, text, json) = await AskAsync(call.Tool, arguments, ct);
        Calls++;
        Bytes += call.Tool.Length + Encoding.UTF8.GetByteCount(arguments.ToJsonString()) + Math.Max(Encoding.UTF8.GetByteCount(text), Encoding.UTF8.GetByteCount(json));
        if (refused != call.Refused) return $"{call.Tool} is {(call.Refused ? "not " : "")}refused: {text}";
        foreach (var wanted in call.Says ?? [])
            if (!text.Contains(Filled(wanted), StringComparison.Ordinal)) return $"{call.Tool} does not say '{Filled(wanted)}': {text}";
        foreach (var unwanted in call.Lacks ?? [])
            if (text.Contains(Filled(unwanted), StringComparison.Ordinal)) return $"{call.Tool} says '{Filled(unwanted)}': {text}";
        foreach (var (name, from) in call.Keep ?? new Dictionary<string, string>())
        {
            if (Found(from, text, json) is not { } value) return $"the answer of {call.Tool} has no {from}: {text} {json}";
            kept[name] = value;
        }
        return null;
    }

    async Task<(bool Refused, string Text, string Json)> AskAsync(string tool, JsonObject arguments, CancellationToken ct)
    {
        try
        {
            var result = await client.CallToolAsync(tool, arguments.ToDictionary(a => a.Key, a => (object?)a.Value), cancellationToken: ct);
            return (result.IsError == true, string.Join('\n', result.Content.OfType<TextContentBlock>().Select(b => b.Text)), result.StructuredContent is { } structured ? JsonSerializer.Serialize(structured) : "");
        }
        catch (McpException e)
        {
            return (true, e.Message, "");
        }
    }

    public string Filled(string text) => Reference().Replace(text, m => kept.TryGetValue(m.Groups[1].Value, out var value) ? value : throw new InvalidDataException($"Nothing was kept as {m.Value}."));

    static string? Found(string from, string text, string json)
    {
        if (!from.StartsWith('/')) return Regex.Match(text, from) is { Success: true } m ? m.Groups[1].Value : null;
        var node = json == "" ? null : JsonNode.Parse(json);
        foreach (var step in from[1..].Split('/'))
            node = node switch { JsonObject o => o[step], JsonArray a when int.TryParse(step, out var i) && i < a.Count => a[i], _ => null };
        return node?.ToString();
    }

    public ValueTask DisposeAsync() => client.DisposeAsync();

    [GeneratedRegex(@"\$\{([a-z]+)\}")]
    private static partial Regex Reference();
}
