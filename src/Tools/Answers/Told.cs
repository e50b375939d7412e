using System.Text.Json.Serialization;

namespace MeshMcp.Tools.Answers;

/// <summary>What a tool answers. Some clients show their model the JSON alone, others the text alone, so each says everything: the text is these sentences, and lines made of the other members.</summary>
public abstract record Told
{
    /// <summary>What happened, what was left out, and which call comes next.</summary>
    [JsonPropertyOrder(-1)]
    public IReadOnlyList<string> Says { get; set; } = [];
}
