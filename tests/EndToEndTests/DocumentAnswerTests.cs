using System.Text.Json.Nodes;
using MeshMcp.TestKit;
using Xunit;

namespace MeshMcp.EndToEndTests;

/// <summary>Documents that an assistant applies over what its tools made, in the whole mesh.</summary>
public sealed class DocumentAnswerTests(LabFixture fixture)
{
    static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_document_leaves_alone_what_it_leaves_out_and_changes_a_container_that_a_tool_made()
    {
        await using var caller = await McpCaller.ReadyAsync(fixture);
        var declared = JsonNode.Parse((await caller.CallAsync("get_state", ("node", "oo1424oo"), ("view", "declared"))).Answer.GetProperty("state").GetRawText())!.AsObject();
        try
        {
            await DoneAsync(caller, "create_container", ("id", "110"), ("template", "busybox"), ("name", "before"), ("address", "10.0.0.110/24"));
            await DoneAsync(caller, "add_flow", ("flow", "priority=50,udp,tp_dst=9,actions=drop"));
            var flows = await FlowsAsync();
            var table = await TableAsync();
            Assert.True(await fixture.PingsAsync("vps", "200", "10.0.0.110"));

            foreach (var partial in new[] { "{}", """{ "modes": { "bridge": "observe" } }""", Without(declared, "uplink"), Without(declared, "openflow") })
            {
                var plan = await caller.CallAsync("plan_state", ("node", "oo1424oo"), ("state", partial));
                Assert.Contains("Nothing to do on oo1424oo", plan.Text);
                Assert.Contains("leaves section", plan.Text);
                await DoneAsync(caller, "apply_state", ("state", partial));
                Assert.Equal((flows, table), (await FlowsAsync(), await TableAsync()));
            }
            Assert.True(await fixture.PingsAsync("vps", "200", "10.0.0.110"));
            Assert.True(await fixture.PingsAsync("vps", "200", "10.0.0.100"));

            var changed = declared.DeepClone().AsObject();
            changed["lxc"]!["containers"]!.AsArray().Add(JsonNode.Parse("""{ "id": "110", "veth": "veth110", "bridge": "mesh", "properties": { "name": "after", "ipv4_address": "10.0.0.111/24", "template": "busybox" } }"""));
            var applied = await DoneAsync(caller, "apply_state", ("state", changed.ToJsonString()));
            Assert.Contains("overruled: lxc.containers[110]: The document says otherwise than edit", applied);
            Assert.Contains("restart container 110 with its new settings", applied);
            await Eventually.True(() => fixture.PingsAsync("vps", "200", "10.0.0.111"), Soon, "container 110 has the document's address");
            Assert.False(await fixture.PingsAsync("vps", "200", "10.0.0.110"));
            Assert.Contains("after", (await caller.CallAsync("list_containers", ("node", "oo1424oo"), ("id", "110"))).Text);
            // The flow's item is in no document.
            Assert.Contains("tp_dst=9", await FlowsAsync());

            await DoneAsync(caller, "apply_state", ("state", declared.ToJsonString()));
            Assert.StartsWith("0 of", (await caller.CallAsync("list_containers", ("node", "oo1424oo"), ("id", "110"))).Text);
            Assert.True(await fixture.PingsAsync("vps", "200", "10.0.0.100"));
        }
        finally
        {
            // However far it came: by the tool's edit or by the document.
            await caller.CallAsync("delete_container", ("node", "oo1424oo"), ("id", "110"));
            await caller.CallAsync("delete_flow", ("node", "oo1424oo"), ("flow", "priority=50,udp,tp_dst=9"));
            await caller.CallAsync("apply_state", ("node", "oo1424oo"), ("state", declared.ToJsonString()));
        }
    }

    static string Without(JsonObject declared, string section)
    {
        var document = declared.DeepClone().AsObject();
        document.Remove(section);
        return document.ToJsonString();
    }

    static async Task<string> DoneAsync(McpCaller caller, string tool, params (string, object)[] arguments)
    {
        var said = await caller.CallAsync(tool, [("node", "oo1424oo"), .. arguments]);
        Assert.False(said.Refused, said.Text);
        Assert.DoesNotContain("NOT KEPT YET", said.Text);
        return said.Text;
    }

    async Task<string> FlowsAsync() => await fixture.Lab.In("oo1424oo", "ovs-ofctl", "--no-names", "--no-stats", "dump-flows", "mesh").TextAsync();

    async Task<string> TableAsync() => await fixture.Lab.In("oo1424oo", "nft", "list", "table", "inet", "meshmcp").TextAsync();
}
