using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.State;
using Xunit;

namespace MeshMcp.UnitTests.State;

public sealed class TextPlacesTests
{
    const string Text = """
        {
          // the office
          "bridge": { "ports": [ { "name": "veth1" },
                                 { "nam": "veth2" } ] },
          "openflow": { "bridges": { "mesh": { "flows": [
            "priority=1,ip,actions=drop",
            "priority=2,ipp,actions=drop"
          ] } } }
        }
        """;

    [Theory]
    [InlineData("bridge.ports[1].nam", null, 4, 35)]
    [InlineData("bridge.ports[1].name", null, 4, 26)]
    [InlineData("openflow.bridges.mesh.flows[1]", null, 7, 5)]
    [InlineData("openflow.bridges.mesh.flows[1]", 11, 7, 17)]
    [InlineData("bridge.adapters.warp0", null, 3, 13)]
    [InlineData("lxc.containers[4]", null, 1, 1)]
    public void A_path_is_found_in_the_text_or_what_encloses_it(string path, int? position, int line, int column)
    {
        var found = Assert.Single(TextPlaces.Locate([new(path, "x", position)], Text));
        Assert.Equal((line, column), (found.Line, found.Column));
    }

    [Fact]
    public void Every_fault_of_a_document_has_its_line()
    {
        var error = Assert.Throws<MeshException>(() => StateReader.Read(Text.Replace("\"ports\"", "\"prots\""))).Error;
        Assert.Equal(3, Assert.Single(error.Problems!).Line);
        error = Assert.Throws<MeshException>(() => StateReader.Read("{ \"version\": 7,\n \"bridge\": { \"datapath\": \"x\" },\n\"lxc\": [] }")).Error;
        Assert.Equal([1, 2, 3], error.Problems!.Select(p => p.Line!.Value).Order());
    }

    [Fact]
    public void Text_that_is_no_json_has_one_problem_with_its_place()
    {
        var problem = Assert.Single(Assert.Throws<MeshException>(() => StateReader.Read("{\n  \"bridge\": oops }")).Error.Problems!);
        Assert.Equal(2, problem.Line);
    }
}
