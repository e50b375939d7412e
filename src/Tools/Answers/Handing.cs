using System.Text.Json.Nodes;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Tools.Calls;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace MeshMcp.Tools.Answers;

/// <summary>Keys go to people past the model: by a one-time link to the dashboard, or, where no dashboard is known, by a file on the node.</summary>
static class Handing
{
    /// <summary>Describes the argument <c>reveal</c>.</summary>
    public const string Reveal = "true: keys in the answer, so in this conversation and with the model provider, e.g. false";

    /// <summary>How the node is to hand the keys over; null: in its answer.</summary>
    public static HandoverWay? Way(this RequestContext<CallToolRequestParams> context, bool reveal) =>
        reveal ? null : context.Call().Dashboard is null ? HandoverWay.File : HandoverWay.Link;

    /// <summary>Null where the keys are in the answer, or there are none.</summary>
    /// <param name="answer">The node's; a node that hands nothing over has the keys in it all the same.</param>
    /// <param name="again">The call that makes them anew, or shows them again, and what else it does.</param>
    public static ShownHandover? Shown(this RequestContext<CallToolRequestParams> context, string node, bool reveal, IHandedOver answer, Handover? handover, string again)
    {
        if (reveal || handover is null && answer.Secret().Texts.All(t => t.Text.Length == 0)) return null;
        var how = "The keys are not in this answer. " + handover switch
        {
            { Token: not null } => "Give this link to the user, who opens it in a browser; it opens once",
            { File: not null } => $"They are in this file on {node}: tell the user to take them from there",
            _ => $"There is no link to them: the program on {node} is older than links. Bring it up to date, or use reveal: true, as the user likes",
        };
        return new(handover?.Until, how, handover is null ? again : $"If that ran out, or was opened by somebody else: {again}")
        {
            Link = handover?.Token is { } token ? $"{new Uri(context.Call().Dashboard!, Handover.Page)}#{node}.{token}" : null,
            File = handover?.File,
        };
    }

    /// <summary>The node and the token of a link; null: it is none.</summary>
    public static (string Node, string Token)? Read(string text) =>
        Uri.TryCreate(text.Trim(), UriKind.Absolute, out var link) && link.AbsolutePath == Handover.Page && link.Fragment.TrimStart('#').Split('.') is [var node, var token] ? (node, token) : null;

    /// <summary>A call as a model writes it.</summary>
    public static string Call(string tool, JsonObject arguments)
    {
        foreach (var (name, _) in arguments.Where(a => a.Value is null).ToList()) arguments.Remove(name);
        return $"{tool} {arguments.ToJsonString()}";
    }

    public static IEnumerable<string> Lines(this ShownHandover? handover) => handover is null ? []
        : [handover.Until is { } until ? $"{handover.How}, until {until:u}: {handover.Link ?? handover.File}" : $"{handover.How}.", handover.Again];
}

/// <summary>Where the keys are that are not in the answer.</summary>
/// <param name="Until">From then on they are gone. Null where the node gave neither link nor file.</param>
/// <param name="How">What to do with link or file.</param>
/// <param name="Again">The call to make if they are gone, or were never there.</param>
sealed record ShownHandover(DateTimeOffset? Until, string How, string Again)
{
    /// <summary>For a person's browser; opens once.</summary>
    public string? Link { get; init; }
    /// <summary>On the node, for whoever may read it there.</summary>
    public string? File { get; init; }
}
