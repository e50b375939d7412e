using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.State;
using MeshMcp.TestServers;
using Xunit;

namespace MeshMcp.UnitTests.Tools;

public sealed class HostToolTests
{
    [Fact]
    public async Task The_status_of_units_tells_why_one_failed_and_what_it_goes_back_to()
    {
        await using var vps = await ScriptedNode.StartAsync();
        vps.Says("GET /v1/units", new UnitList(null, 2, [
            new("a.service", "A", "loaded", "failed", "failed", "enabled") { Failure = "exit-code, its program ended with 1", Wanted = new() { ActiveState = "active" }, Before = new() { ActiveState = "inactive" }, Journal = ["disk full"] },
            new("b.service", "", "not-found", "inactive", "dead", ""),
        ]), MeshJson.Default.UnitList);
        await using var server = await ToolServer.WithAsync(["host"], ("vps", vps.Endpoint));

        var said = (await server.CallAsync("unit_status", ("node", "vps"))).Said();

        Assert.Equal("2 of 2 units on vps\na.service: failed (failed), enabled, exit-code, its program ended with 1; wanted: active; before: inactive\n  disk full\nb.service: not there", said);
    }

    [Fact]
    public async Task The_status_of_packages_tells_what_is_installed_to_be_had_and_wanted()
    {
        await using var vps = await ScriptedNode.StartAsync();
        vps.Says("GET /v1/packages", new PackageList(null, [new("lxc", "5.0", "5.1", Ensure.Latest), new("nmap", null, "7.9", null)]), MeshJson.Default.PackageList);
        await using var server = await ToolServer.WithAsync(["host"], ("vps", vps.Endpoint));

        var said = (await server.CallAsync("package_status", ("node", "vps"), ("name", "lxc"))).Said();

        Assert.Equal("2 packages on vps\nlxc: 5.0, 5.1 to be had; wanted: latest\nnmap: not installed, 7.9 to be had", said);
    }

    [Fact]
    public async Task Calls_become_edits_with_what_was_said_only()
    {
        await using var vps = await ScriptedNode.StartAsync();
        vps.Reports("POST /v1/apply", [new ApplyEvent.Planned(new("p1", [], []), null), new ApplyEvent.Finished(false, null, null)]);
        await using var server = await ToolServer.WithAsync(["host"], ("vps", vps.Endpoint));

        await server.CallAsync("set_unit", ("node", "vps"), ("unit", "a.service"), ("active", true));
        await server.CallAsync("set_unit", ("node", "vps"), ("unit", "a.service"), ("release", true));
        await server.CallAsync("install_package", ("node", "vps"), ("package", "lxc"), ("ensure", "latest"));
        await server.CallAsync("install_package", ("node", "vps"), ("package", "lxc"), ("ensure", "removed"));
        await server.CallAsync("install_package", ("node", "vps"), ("package", "lxc"), ("release", true));

        Assert.Equal(
        [
            """{"edit":"setUnit","unit":"a.service","active_state":"active"}""", """{"edit":"releaseUnit","unit":"a.service"}""",
            """{"edit":"installPackage","package":"lxc","latest":true}""", """{"edit":"removePackage","package":"lxc"}""", """{"edit":"releasePackage","package":"lxc"}""",
        ], vps.Seen.Select(s => s.Body.Split("\"edits\":[")[1].Split("]")[0]));
        Assert.Contains("did you mean removed?", (await server.CallAsync("install_package", ("node", "vps"), ("package", "lxc"), ("ensure", "remove"))).Refusal());
    }
}
