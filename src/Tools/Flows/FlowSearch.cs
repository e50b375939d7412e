using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Flows;

namespace MeshMcp.Tools.Flows;

/// <summary>What a caller looks for among flows: fields as flows have them (<c>tcp,tp_dst=9573</c>), or else any part of their text.</summary>
sealed class FlowSearch
{
    readonly string _text;
    readonly FlowPattern? _pattern;

    public FlowSearch(string text)
    {
        _text = text.Trim();
        _pattern = Read(() => FlowText.ParsePattern(_text));
    }

    public bool Finds(string flow) =>
        flow.Contains(_text, StringComparison.OrdinalIgnoreCase) || (_pattern is not null && Read(() => FlowText.Parse(flow)) is { } parsed && _pattern.Selects(parsed));

    /// <summary>Null for what is no flow: half a word to look for, or a foreign flow with fields of its own.</summary>
    static T? Read<T>(Func<T> parse) where T : class
    {
        try
        {
            return parse();
        }
        catch (MeshException)
        {
            return null;
        }
    }
}
