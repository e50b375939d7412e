using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.State;
using Xunit;

namespace MeshMcp.UnitTests.State;

public sealed class StateReaderTests
{
    [Fact]
    public void Absent_fields_have_their_defaults_and_absent_sections_stay_absent()
    {
        var state = StateReader.Read("""
            { "bridge": { "address": "10.1.0.1/24" }, "lxc": { "containers": [ { "id": "200", "veth": "veth200" } ] } }
            """);
        Assert.Equal(1, state.Version);
        Assert.Equal("mesh", state.Bridge!.Name);
        Assert.Empty(state.Bridge.Ports);
        Assert.True(state.Lxc!.Containers[0].Running);
        Assert.Empty(state.Lxc.Containers[0].Properties.Services);
        Assert.Null(state.Openflow);
    }

    [Fact]
    public void Every_fault_is_named_with_its_path()
    {
        var error = Refusal("""
            {
              "version": 2,
              "brigde": {},
              "bridge": { "datapath": "netdv", "ports": [ { "nme": "veth1" }, 7 ] },
              "openflow": { "bridges": { "mesh": { "flows": [ 1 ] } } }
            }
            """);
        Assert.Equivalent(
            new[] { "version", "brigde", "bridge.datapath", "bridge.ports[0].nme", "bridge.ports[0].name", "bridge.ports[1]", "openflow.bridges.mesh.flows[0]" },
            error.Problems!.Select(p => p.Path));
        Assert.Equal(["bridge"], error.Problems!.Single(p => p.Path == "brigde").Nearest);
        Assert.Equal(["netdev"], error.Problems!.Single(p => p.Path == "bridge.datapath").Nearest);
    }

    [Fact]
    public void Text_that_is_no_json_is_refused_with_line_and_column() =>
        Assert.Contains("line 2, column", Refusal("{\n  \"bridge\": oops }").Message);

    [Theory]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("""{ "bridge": null, "openflow": { "bridges": null } }""")]
    [InlineData("""{ "bridge": { "address": "10.1.0.1/24", "address": "10.1.0.2/24" } }""")]
    public void A_document_of_the_wrong_shape_is_refused(string text) => Assert.NotEmpty(Refusal(text).Problems!);

    static MeshError Refusal(string text) => Assert.Throws<MeshException>(() => StateReader.Read(text)).Error;
}
