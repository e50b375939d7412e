using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using MeshMcp.TestKit;
using Xunit;

namespace MeshMcp.EndToEndTests;

/// <summary>What a caller with an <c>operate</c> token may try to become more than that: all of it is refused, nothing of it happens, and each is in the node's audit.</summary>
public sealed class AttackTests(LabFixture fixture)
{
    /// <summary>In the place of an error's kind, where HTTP refuses it.</summary>
    const string AtTheDoor = "at the door";

    const string Tokens = "/etc/meshmcp/mcp/tokens.json";

    const string Never = "which is never mounted in a container", Unlisted = "is not among what may be mounted in containers of this node", OtherKind = "here a secret of kind file is needed",
        Joining = "Joining a mesh, and changing where it is and with which keys, needs scope admin", Roots = "that is for root on the node", Invalid = "InvalidArgument", Denied = "PermissionDenied", Conflict = "Conflict";

    /// <summary>Documents by what they want, as changes of the one that the node has.</summary>
    static readonly Dictionary<string, Document> Documents = new()
    {
        ["the host's root in a container"] = new(s => Mount(s, "/"), Invalid, Never),
        ["the agent's socket in a container"] = new(s => Mount(s, "/run/meshmcp"), Invalid, Never),
        ["the agent's state in a container"] = new(s => Mount(s, "/var/lib/meshmcp"), Invalid, Never),
        ["the agent's state by another spelling"] = new(s => Mount(s, "/var/lib/../lib/meshmcp/secrets"), Invalid, "is no absolute path"),
        ["the node's configuration in a container"] = new(s => Mount(s, "/etc/meshmcp"), Invalid, Never),
        ["the containers' folder in a container"] = new(s => Mount(s, "/var/lib/lxc"), Invalid, Never),
        ["the kernel's files in a container"] = new(s => Mount(s, "/proc"), Invalid, Never),
        ["any folder that root did not list"] = new(s => Mount(s, "/srv"), Denied, Unlisted),
        ["a container whose root is the host's"] = new(Privileged, Denied, "its root is this node's root"),
        ["the WARP profile in a container's file"] = new(s => Secret(s, "secret:warp-profile"), Invalid, OtherKind),
        ["the VPN's private key in a container's file"] = new(s => Secret(s, "secret:wg-wg0-private"), Invalid, OtherKind),
        ["statements for nftables"] = new(s => Section(s, "uplink")["interface"] = "eth0\" accept; }; flush ruleset; #", Invalid, "uplink.interface"),
        ["a file that nftables includes"] = new(s => Section(s, "uplink")["interface"] = "eth0\ninclude \"/etc/shadow\"", Invalid, "uplink.interface"),
        ["an option in the place of a network"] = new(s => Section(s, "netmaker")["network"] = "--help", Invalid, "is no Netmaker network"),
        ["another server for the master key"] = new(s => Section(s, "netmaker")["api_endpoint"] = "https://evil.example", Denied, Joining, "vps"),
        ["another server for the enrollment key"] = new(s => Section(s, "netmaker")["server"] = "https://evil.example", Denied, Joining),
        ["the end of the agent"] = new(s => s["systemd"] = new JsonObject { ["units"] = new JsonObject { ["meshmcp-hostbridge.service"] = new JsonObject { ["active_state"] = "inactive" } } }, Invalid, "does not stop itself"),
        ["the end of the switch"] = new(s => s["packagekit"] = new JsonObject { ["packages"] = new JsonObject { ["openvswitch-switch"] = new JsonObject { ["ensure"] = "removed" } } }, Conflict, "this would cut the bridge"),
    };

    /// <summary>Tools by what their call wants.</summary>
    static readonly Dictionary<string, Call> Calls = new()
    {
        ["the MCP server's key"] = new("vps", "container_exec", [("id", "200"), ("command", new[] { "cat", "/etc/meshmcp/mcp/server.key" })], Denied, Roots),
        ["the API server's tokens"] = new("vps", "container_exec", [("id", "201"), ("command", new[] { "cat", "/etc/meshmcp/api/tokens.json" })], Denied, Roots),
        ["a program of the server's"] = new("vps", "update_container", [("id", "200"), ("settings", JsonNode.Parse("""{ "services": [ { "name": "mcp", "port": 9573, "command": [ "nc", "-l", "-p", "9573" ] } ] }""")!)], Denied, Roots),
        ["a file of the server's"] = new("vps", "update_container", [("id", "200"), ("settings", JsonNode.Parse("""{ "files": [ { "path": "/etc/ld.so.preload", "content": "/tmp/x.so" } ] }""")!)], Denied, Roots),
        ["membership of another mesh"] = new("oo1424oo", "netmaker_join", [("key", "eyJzZXJ2ZXIiOiJldmlsLmV4YW1wbGUiLCJ2YWx1ZSI6IkFBQUEifQ==")], AtTheDoor, "403"),
        ["the end of the way to the node"] = new("vps", "add_flow", [("flow", "priority=65000,actions=drop")], Conflict, "this would cut"),
        ["a container's files for good"] = new("oo1424oo", "delete_container", [("id", "100"), ("purge", true), ("approve", "0000000000000000")], Denied, "To purge needs scope admin"),
    };

    /// <param name="Kind">Of the error that refuses it.</param>
    /// <param name="Says">Words of that error alone.</param>
    sealed record Document(Action<JsonObject> Change, string Kind, string Says, string Node = "oo1424oo");

    /// <inheritdoc cref="Document"/>
    sealed record Call(string Node, string Tool, (string, object)[] Arguments, string Kind, string Says);

    public static TheoryData<string> Wanted => [.. Documents.Keys];

    public static TheoryData<string> Called => [.. Calls.Keys];

    [Theory, MemberData(nameof(Wanted))]
    public async Task No_document_of_an_operator_gets(string what)
    {
        var wanted = Documents[what];
        await RefusedAsync(wanted.Node, $"document-{Array.IndexOf([.. Documents.Keys], what)}", wanted.Kind, wanted.Says, (caller, declared) =>
        {
            var document = JsonNode.Parse(declared)!.AsObject();
            wanted.Change(document);
            return caller.CallAsync("apply_state", ("node", wanted.Node), ("state", JsonSerializer.SerializeToElement(document)), ("confirmWithin", 5));
        });
    }

    [Theory, MemberData(nameof(Called))]
    public async Task No_call_of_an_operator_gets(string what)
    {
        var (node, tool, arguments, kind, says) = Calls[what];
        await RefusedAsync(node, $"call-{Array.IndexOf([.. Calls.Keys], what)}", kind, says, (caller, _) => caller.CallAsync(tool, [("node", node), .. arguments]));
    }

    /// <param name="name">The attacker's, of this attack alone: what the same one goes on with is only counted in the audit.</param>
    async Task RefusedAsync(string node, string name, string kind, string says, Func<McpCaller, string, Task<Said>> attempt)
    {
        var token = (await fixture.Lab.In("vps", "env", "meshctl", "token", "create", "--file", Tokens, "--name", name, "--scope", "operate").TextAsync()).Split('\n')[0].Trim();
        try
        {
            await using var caller = await McpCaller.ReadyAsync(fixture, token: token);
            var (declared, desired) = (await StateAsync(caller, node, "declared"), await DesiredAsync(caller, node));

            Said said;
            try
            {
                said = await attempt(caller, declared);
            }
            catch (HttpRequestException e) when (e.StatusCode == HttpStatusCode.Forbidden)
            {
                // A scope that the token lacks is said in the words of HTTP.
                said = new(true, $"403 {e.Message}", default, AtTheDoor);
            }

            Assert.True(said.Refused, said.Text);
            Assert.Equal(kind, said.Error);
            Assert.Contains(says, said.Text);
            Assert.Equal((declared, desired), (await StateAsync(caller, node, "declared"), await DesiredAsync(caller, node)));
            await Eventually.True(async () => (await fixture.Lab.In(node, "env", "meshctl", "audit", "search", "--refused").TextAsync()).Contains($"(says: {name})"), TimeSpan.FromSeconds(10), $"the audit of {node} has it: {said.Text}");
            await fixture.Lab.In(node, "env", "meshctl", "audit", "verify").TextAsync();
        }
        finally
        {
            await fixture.Lab.In("vps", "env", "meshctl", "token", "revoke", "--file", Tokens, "--name", name).TextAsync();
        }
    }

    static async Task<string> StateAsync(McpCaller caller, string node, string view) => (await caller.CallAsync("get_state", ("node", node), ("view", view))).Answer.GetProperty("state").GetRawText();

    /// <summary>The document with all edits, and the revision, which every change makes another.</summary>
    static async Task<string> DesiredAsync(McpCaller caller, string node)
    {
        var answer = (await caller.CallAsync("get_state", ("node", node), ("view", "desired"))).Answer;
        return $"{answer.GetProperty("revision").GetString()} {answer.GetProperty("state").GetRawText()}";
    }

    static JsonObject Section(JsonObject state, string name) => state[name] as JsonObject ?? throw new InvalidOperationException($"The lab's document has no {name}.");

    static JsonObject Properties(JsonObject state) => Section(state, "lxc")["containers"]![0]!["properties"]!.AsObject();

    static void Privileged(JsonObject state)
    {
        Properties(state).Remove("id_map");
        Properties(state)["privileged"] = true;
    }

    static void Mount(JsonObject state, string source) => Properties(state)["mounts"] = new JsonArray(new JsonObject { ["source"] = source, ["target"] = "/host" });

    static void Secret(JsonObject state, string secret) => Properties(state)["files"] = new JsonArray(new JsonObject { ["path"] = "/leak", ["secret"] = secret });
}
