using System.Text.RegularExpressions;

namespace MeshMcp.Contracts.Errors;

/// <summary>
/// What to do next, said once, in the words of tools or of commands, and told to each in his own: who calls tools hears of tools, who has a shell of commands.
/// What only a shell on the node can do is told as that.
/// </summary>
public static partial class Hints
{
    public const string OnTheNode = "on the node, as root: ";

    /// <summary>Tools and the commands that do the same; of several commands the first one is told for the tool.</summary>
    public static readonly IReadOnlyList<(string Tool, string Command)> Alike =
    [
        ("list_nodes", "status"), ("get_state", "state"), ("plan_state", "plan"), ("apply_state", "apply"),
        ("list_flows", "flows"), ("add_flow", "flow add"), ("delete_flow", "flow delete"), ("trace_packet", "trace"),
        ("list_containers", "container list"), ("create_container", "container create"), ("update_container", "container update"), ("delete_container", "container delete"), ("container_exec", "container exec"),
        ("set_container_state", "container start"), ("set_container_state", "container stop"), ("set_container_state", "container restart"), ("delete_container", "container purge"),
        ("publish_port", "publish"), ("unpublish_port", "unpublish"),
        ("wg_status", "wg status"), ("wg_add_client", "wg add-client"), ("wg_remove_client", "wg remove-client"), ("set_tunnel", "tunnel up"), ("set_tunnel", "tunnel down"),
        ("netmaker_status", "netmaker status"), ("netmaker_join", "netmaker join"), ("netmaker_leave", "netmaker leave"), ("netmaker_hosts", "netmaker hosts"), ("create_enrollment_key", "netmaker create-key"),
        ("xray_status", "xray status"), ("xray_add_user", "xray add-user"), ("xray_remove_user", "xray remove-user"), ("xray_user_links", "xray links"),
        ("unit_status", "unit status"), ("set_unit", "unit set"), ("set_unit", "unit release"),
        ("package_status", "package status"), ("install_package", "package install"), ("install_package", "package remove"), ("install_package", "package release"),
        ("check_node", "doctor"), ("list_ports", "published"), ("list_events", "events"), ("search_audit", "audit search"),
        ("get_schema", "schema"), ("validate_state", "validate"), ("diff_states", "diff"), ("list_edits", "edits"), ("get_state", "export"),
        ("list_templates", "template list"), ("list_secrets", "secret list"), ("invite_node", "node invite"),
        ("list_changes", "history"), ("confirm_change", "confirm"), ("rollback_change", "rollback"), ("undo_change", "undo"),
    ];

    /// <param name="has">Whether who hears it can call the tool.</param>
    public static string ForTools(string text, Func<string, bool> has)
    {
        var said = false;
        return Command().Replace(text, found =>
        {
            var (words, rest) = (found.Groups["words"].Value, Rest().Match(text, found.Index + found.Length).Value);
            // What is said to be done on some node is.
            if (Place().IsMatch(Start().Match(text[..found.Index]).Value + found.Value + rest)) return found.Value;
            var alike = Alike.Where(a => words == a.Command || words.StartsWith($"{a.Command} ", StringComparison.Ordinal)).OrderByDescending(a => a.Command.Length).FirstOrDefault();
            if (alike.Tool is not null && has(alike.Tool) && !ShellOnly().IsMatch(rest)) return found.Groups["quote"].Value + alike.Tool + words[alike.Command.Length..];
            if (said) return found.Value;
            said = true;
            return OnTheNode + found.Value;
        });
    }

    /// <summary>A tool's argument is written <c>wg_add_client with renew=true</c>, and is an option here.</summary>
    public static string ForShell(string text) => Tool().Replace(text, found => Alike.FirstOrDefault(a => a.Tool == found.Groups["tool"].Value) is { Tool: not null } alike
        ? $"meshctl {alike.Command}{(found.Groups["value"] is { Success: true, Value: var value } ? $" --{found.Groups["argument"].Value}{(value == "true" ? "" : $" {value}")}" : "")}"
        : found.Value);

    public static MeshError ForTools(MeshError error, Func<string, bool> has) => Told(error, text => ForTools(text, has));

    public static MeshError ForShell(MeshError error) => Told(error, ForShell);

    static MeshError Told(MeshError error, Func<string, string> told) => error with
    {
        Message = told(error.Message),
        Hint = error.Hint is { } hint ? told(hint) : null,
        Problems = error.Problems is { } problems ? [.. problems.Select(p => p with { Message = told(p.Message) })] : null,
    };

    [GeneratedRegex(@"(?<quote>['`]?)\bmeshctl (?<words>[a-z][a-z-]*( [a-z][a-z-]*)*)")]
    private static partial Regex Command();

    /// <summary>What a sentence has said before.</summary>
    [GeneratedRegex(@"(?:(?![.;?!]\s).)*$", RegexOptions.Singleline)]
    private static partial Regex Start();

    /// <summary>What follows in the sentence, up to another command.</summary>
    [GeneratedRegex(@"\G(?:(?![.;?!](?:\s|$)|meshctl ).)*", RegexOptions.Singleline)]
    private static partial Regex Rest();

    [GeneratedRegex(@"\bon the ([\w']+ )*node\b|\bas root\b", RegexOptions.IgnoreCase)]
    private static partial Regex Place();

    /// <summary>An option, or a word to be replaced: tools have neither.</summary>
    [GeneratedRegex(@" --|^( [0-9]+)* [A-Z][A-Z-]+\b")]
    private static partial Regex ShellOnly();

    [GeneratedRegex(@"\b(?<tool>[a-z]+(_[a-z]+)+)\b( with (?<argument>[a-z]+)=(?<value>\w+))?")]
    private static partial Regex Tool();
}
