using System.Text.Json.Nodes;
using MeshMcp.Tools.Answers;
using Xunit;

namespace MeshMcp.UnitTests.Tools;

public sealed class PlainTextTests
{
    [Fact]
    public void A_file_in_a_state_comes_back_as_it_went_and_only_what_does_not_show_is_lost() =>
        Assert.Equal("""{"content":"one\n\ttwo\r\n"}""", PlainText.Of(new JsonObject { ["content"] = "one\n\ttwo\u202e\u001b\r\n" }, keepLines: true)!.ToJsonString());

    [Fact]
    public void A_line_of_text_cannot_be_forged() => Assert.Equal("fine 5 confirmed", PlainText.Line("fine\n5 confirmed"));
}
