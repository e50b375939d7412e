namespace MeshMcp.Server.Api;

/// <summary>With which status a request can be refused, and what that says: for the OpenAPI document.</summary>
static class ApiRefusals
{
    /// <summary>By status.</summary>
    public static readonly IReadOnlyDictionary<string, string> All = new Dictionary<string, string>
    {
        ["400"] = "The request is not valid: `problems` names every fault. Nothing was changed.",
        ["401"] = "No token, or none that is valid; `WWW-Authenticate` says which.",
        ["403"] = "The token, or the node, does not allow it.",
        ["404"] = "There is no such node, or no such thing on it; `problems` names the nearest.",
        ["409"] = "Something else stands against it: somebody else's thing, a change that waits, a name that fits several.",
        ["412"] = "The state is not the one of `If-Match` or `expectedRevision` any more: read it again.",
        ["413"] = "The body is too large.",
        ["428"] = "It needs an approval, or a confirmation on a new connection; `hint` says which request comes next.",
        ["429"] = "Too many requests of this token run and wait already: `Retry-After` says for how many seconds to wait.",
        ["500"] = "A defect of MeshMcp; the server's log has more under the number in `target`.",
        ["501"] = "This node or version cannot do that.",
        ["502"] = "A program on the node refused, or the node did not become as asked, and was put back.",
        ["503"] = "The node, or what it needs, is not reachable now.",
        ["504"] = "No answer in time: a change may still have happened, so look before trying again.",
        ["default"] = "Refused, and why.",
    };

    /// <summary>Before anything is looked at.</summary>
    public static readonly IReadOnlyList<string> AtTheDoor = ["401", "403", "429"];

    /// <summary>Wherever nodes are asked.</summary>
    public static readonly IReadOnlyList<string> Anywhere = ["400", .. AtTheDoor, "500", "503", "504"];

    public static IReadOnlyList<string> Of(ApiRoute route, bool isChange) =>
    [
        .. Anywhere
            .Concat(route.Path.Contains('{') ? ["404", "409", "501", "502"] : [])
            .Concat(route.TakesBody ? ["413"] : [])
            .Concat(isChange ? ["428"] : [])
            .Concat(route.Body is not null && isChange ? ["412"] : []).Order(StringComparer.Ordinal),
    ];
}
