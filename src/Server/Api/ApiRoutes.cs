namespace MeshMcp.Server.Api;

/// <summary>Every tool, once: what an assistant can do, REST can.</summary>
static class ApiRoutes
{
    const string Node = "/v1/nodes/{node}";

    public static IReadOnlyList<ApiRoute> All { get; } =
    [
        new("GET", "/v1/nodes", "list_nodes"),

        new("GET", $"{Node}/state", "get_state"),
        new("PUT", $"{Node}/state", "apply_state", Body: "state"),
        new("POST", $"{Node}/plan", "plan_state", Body: "state"),
        new("GET", $"{Node}/history", "list_changes"),
        new("POST", $"{Node}/generations/{{generation}}/confirm", "confirm_change"),
        new("POST", $"{Node}/rollback", "rollback_change"),

        new("GET", $"{Node}/flows", "list_flows"),
        new("POST", $"{Node}/flows", "add_flow"),
        new("DELETE", $"{Node}/flows", "delete_flow"),
        new("POST", $"{Node}/trace", "trace_packet"),

        new("GET", $"{Node}/containers", "list_containers"),
        new("POST", $"{Node}/containers", "create_container"),
        new("PUT", $"{Node}/containers/{{id}}/state", "set_container_state"),
        new("DELETE", $"{Node}/containers/{{id}}", "delete_container"),
        new("POST", $"{Node}/containers/{{id}}/exec", "container_exec"),
        new("PUT", $"{Node}/ports/{{protocol}}/{{port}}", "publish_port"),
        new("DELETE", $"{Node}/ports/{{protocol}}/{{port}}", "unpublish_port"),

        new("GET", $"{Node}/tunnels", "wg_status"),
        new("PUT", $"{Node}/tunnels/{{interface}}", "set_tunnel"),
        new("POST", $"{Node}/tunnels/clients", "wg_add_client"),
        new("DELETE", $"{Node}/tunnels/clients/{{name}}", "wg_remove_client"),

        new("GET", $"{Node}/mesh", "netmaker_status"),
        new("POST", $"{Node}/mesh/networks", "netmaker_join"),
        new("DELETE", $"{Node}/mesh/networks/{{network}}", "netmaker_leave"),
        new("GET", $"{Node}/mesh/hosts", "netmaker_hosts"),
        new("POST", $"{Node}/mesh/keys", "create_enrollment_key"),

        new("GET", $"{Node}/xray", "xray_status"),
        new("POST", $"{Node}/xray/users", "xray_add_user"),
        new("DELETE", $"{Node}/xray/users/{{name}}", "xray_remove_user"),

        new("GET", $"{Node}/units", "unit_status"),
        new("PUT", $"{Node}/units/{{unit}}", "set_unit"),
        new("GET", $"{Node}/packages", "package_status"),
        new("PUT", $"{Node}/packages/{{package}}", "install_package"),
    ];

    /// <summary>The request that is the tool of that name, e.g. <c>POST /v1/nodes/{node}/flows</c>.</summary>
    public static string? Of(string tool) => All.FirstOrDefault(r => r.Tool == tool) is { } route ? $"{route.Method} {route.Path}" : null;

    /// <summary>The methods that <paramref name="path"/> has; empty when there is no such path.</summary>
    public static IReadOnlyList<string> MethodsOf(string path) => [.. All.Where(r => Fits(r.Path.Split('/'), path.Split('/'))).Select(r => r.Method)];

    static bool Fits(string[] template, string[] path) =>
        template.Length == path.Length && template.Zip(path).All(p => p.First == p.Second || (p.First.StartsWith('{') && p.Second.Length > 0));
}
