using MeshMcp.Contracts.Errors;
using MeshMcp.HostBridge.Systems.Openflow;
using Xunit;

namespace MeshMcp.UnitTests.Flows;

public sealed class FlowChoiceTests
{
    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData(",")]
    [InlineData("\t")]
    public void A_text_that_names_nothing_chooses_nothing_also_where_there_is_one_flow_only(string text)
    {
        var error = Assert.Throws<MeshException>(() => OpenflowChoice.Only(text, ["priority=0,actions=drop"])).Error;

        Assert.Equal((ErrorKind.InvalidArgument, "flow"), (error.Kind, error.Target));
    }

    [Theory]
    [InlineData("priority=0")]
    [InlineData("actions=drop")]
    [InlineData("table=0")]
    public void What_names_something_may_choose_the_only_one(string text) => Assert.Equal("priority=0,actions=drop", OpenflowChoice.Only(text, ["priority=0,actions=drop"]));
}
