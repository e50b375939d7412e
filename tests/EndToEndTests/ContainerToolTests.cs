using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using MeshMcp.TestKit;
using Xunit;

namespace MeshMcp.EndToEndTests;

/// <summary>Containers and VPN clients made by an assistant, through the mesh.</summary>
public sealed class ContainerToolTests(LabFixture fixture)
{
    static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_container_made_on_the_far_node_is_reached_from_the_VPS_and_leaves_nothing_when_deleted_and_purged()
    {
        await using var caller = await McpCaller.ReadyAsync(fixture);
        var made = await caller.CallAsync("create_container", ("node", "oo1424oo"), ("id", "105"), ("template", "busybox"));
        Assert.False(made.Refused, made.Text);
        var address = Regex.Match((await caller.CallAsync("list_containers", ("node", "oo1424oo"))).Text, @"105[^\n]*?(10\.0\.0\.[0-9]+)").Groups[1].Value;
        await Eventually.True(() => fixture.PingsAsync("vps", "200", address), Soon, $"container 200 reaches container 105 at {address} ({made.Text})");
        Assert.Contains("105", (await caller.CallAsync("list_containers", ("node", "oo1424oo"))).Text);

        var taken = await caller.CallAsync("create_container", ("node", "oo1424oo"), ("id", "105"), ("template", "busybox"), ("address", "10.0.0.7/24"));
        Assert.True(taken.Refused, taken.Text);
        var unknown = await caller.CallAsync("create_container", ("node", "oo1424oo"), ("id", "106"), ("template", "alpine"));
        Assert.True(unknown.Refused);
        Assert.Contains("busybox", unknown.Text);

        var deleted = await caller.CallAsync("delete_container", ("node", "oo1424oo"), ("id", "105"));
        Assert.False(deleted.Refused, deleted.Text);
        Assert.DoesNotContain("veth105", await fixture.Lab.In("oo1424oo", "ovs-vsctl", "list-ports", "mesh").TextAsync());
        Assert.False(Directory.Exists(fixture.Lab.FileIn("oo1424oo", "/var/lib/lxc/105")));
        Assert.Contains("in the trash: 105", (await caller.CallAsync("list_containers", ("node", "oo1424oo"))).Text);

        // This client cannot ask its user, so it must come again with the digest of what was asked.
        var asked = await caller.CallAsync("delete_container", ("node", "oo1424oo"), ("id", "105"), ("purge", true));
        Assert.Equal("ConfirmationRequired", asked.Error, ignoreCase: true);
        Assert.Contains("in the trash: 105", (await caller.CallAsync("list_containers", ("node", "oo1424oo"))).Text);
        var digest = Regex.Match(asked.Text, "\"approve\": \"([0-9a-f]+)\"").Groups[1].Value;
        var purged = await caller.CallAsync("delete_container", ("node", "oo1424oo"), ("id", "105"), ("purge", true), ("approve", digest));
        Assert.False(purged.Refused, purged.Text);
        Assert.DoesNotContain("in the trash: 105", (await caller.CallAsync("list_containers", ("node", "oo1424oo"))).Text);
        Assert.Empty(Directory.GetDirectories(fixture.Lab.FileIn("oo1424oo", "/var/lib/lxc"), "*105*"));
    }

    [Theory]
    [InlineData("200", "mcp")]
    [InlineData("201", "api")]
    public async Task A_servers_key_is_read_by_nobody_from_afar_also_with_scope_admin_and_the_attempt_is_in_the_audit(string id, string role)
    {
        await using var caller = await McpCaller.ReadyAsync(fixture);

        var read = await caller.CallAsync("container_exec", ("node", "vps"), ("id", id), ("command", new[] { "cat", $"/etc/meshmcp/{role}/server.key" }));

        Assert.True(read.Refused, read.Text);
        Assert.Contains("that is for root on the node, not for server/mcp (says: operator)", read.Text);
        var audit = await fixture.Lab.In("vps", "env", "meshctl", "audit", "search", "--refused", "--action", $"containers/{id}/exec").TextAsync();
        Assert.Contains("server/mcp (says: operator)", audit);
        // Ends with 1, and throws, where it is not whole.
        await fixture.Lab.In("vps", "env", "meshctl", "audit", "verify").TextAsync();
    }

    [Fact]
    public async Task A_server_that_restarts_its_own_container_answers_first_and_is_back_soon()
    {
        await using (var caller = await McpCaller.ReadyAsync(fixture))
        {
            var before = await InitAsync();
            var restarted = await caller.CallAsync("set_container_state", ("node", "vps"), ("id", "200"), ("state", "restarted"));
            Assert.False(restarted.Refused, restarted.Text);
            Assert.Contains("after this answer", restarted.Text);
            await Eventually.True(async () => await InitAsync() is var now && now != before && now.Length > 0, Soon, "the container has a new init");
        }
        await using var again = await McpCaller.ReadyAsync(fixture);
        Assert.Contains("200", (await again.CallAsync("list_containers", ("node", "vps"))).Text);

        async Task<string> InitAsync() => (await fixture.Lab.In("vps", "lxc-info", "-n", "200", "-p", "-H").RunAsync()).Text.Trim();
    }

    /// <summary>The document's promise, besides the copy of the root file system.</summary>
    [Fact]
    public async Task A_new_container_answers_within_three_seconds()
    {
        await using var caller = await McpCaller.ReadyAsync(fixture);
        var clock = Stopwatch.StartNew();
        var made = await caller.CallAsync("create_container", ("node", "oo1424oo"), ("id", "107"), ("template", "busybox"), ("address", "10.0.0.107/24"));
        try
        {
            Assert.False(made.Refused, made.Text);
            await Eventually.True(() => fixture.PingsAsync("vps", "200", "10.0.0.107"), TimeSpan.FromSeconds(3) - clock.Elapsed, $"container 200 reaches it; the call took {clock.Elapsed}");
        }
        finally
        {
            await caller.CallAsync("delete_container", ("node", "oo1424oo"), ("id", "107"));
        }
    }

    [Fact]
    public async Task A_client_of_the_VPN_reaches_a_container_and_leaves_by_WARP_until_it_is_removed()
    {
        await using var caller = await McpCaller.ReadyAsync(fixture);
        var added = await caller.CallAsync("wg_add_client", ("node", "oo1424oo"), ("name", "laptop"));
        Assert.False(added.Refused, added.Text);
        Assert.DoesNotContain("PrivateKey", added.Text + added.Answer, StringComparison.Ordinal);
        var link = added.Answer.GetProperty("handover").GetProperty("link").GetString()!;
        Assert.StartsWith($"{fixture.Started.Dashboard}once#oo1424oo.", link, StringComparison.Ordinal);
        var configuration = JsonDocument.Parse(await OpenAsync(link)).RootElement.GetProperty("texts")[0].GetProperty("text").GetString()!;
        Assert.Contains("\"status\":404", await OpenAsync(link), StringComparison.Ordinal);
        await using var laptop = await VpnLaptop.ConnectAsync(fixture, configuration);
        await Eventually.True(async () => (await fixture.GetFromUserAsync("http://10.0.0.100:8080/", "-m", "2")).Contains("container 100"), Soon, "the laptop reaches container 100");
        Assert.StartsWith(Traffic.Warp, await fixture.GetFromUserAsync($"http://{Traffic.Web}/"));

        Assert.False((await caller.CallAsync("wg_remove_client", ("node", "oo1424oo"), ("name", "laptop"))).Refused);
        Assert.Equal("", await fixture.GetFromUserAsync("http://10.0.0.100:8080/", "-m", "2"));
    }

    /// <summary>As the page does it for somebody who has nothing but the link, from the far side of the internet.</summary>
    async Task<string> OpenAsync(string link)
    {
        string[] parts = new Uri(link).Fragment.TrimStart('#').Split('.');
        return await fixture.Lab.In("user", "curl", "-s", "-m", "20", "--cacert", $"{fixture.Lab.Site.Certificates}/ca.crt", "--json", JsonSerializer.Serialize(new { node = parts[0], token = parts[1] }), "https://203.0.113.10:9574/once").TextAsync();
    }
}
