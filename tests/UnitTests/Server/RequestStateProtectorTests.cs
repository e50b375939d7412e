using System.Text.Json.Nodes;
using MeshMcp.Contracts.Trust;
using MeshMcp.TestKit;
using MeshMcp.Tools.Calls;
using ModelContextProtocol.Protocol;
using Xunit;

namespace MeshMcp.UnitTests.Server;

public sealed class RequestStateProtectorTests
{
    readonly HandClock _clock = new();
    readonly RequestStateProtector _states;

    public RequestStateProtectorTests() => _states = new(_clock);

    [Fact]
    public void A_state_comes_back_once()
    {
        var state = _states.Protect(Request("alice"), "plan 7");

        Assert.Equal("plan 7", _states.Unprotect(Request("alice"), state));
        Assert.Null(_states.Unprotect(Request("alice"), state));
    }

    [Fact]
    public void The_order_of_arguments_and_the_answers_themselves_do_not_matter()
    {
        var state = _states.Protect(Request("alice", """{"name":"t","arguments":{"a":{"x":1,"y":[2]},"b":"z"}}"""), "s");

        Assert.Equal("s", _states.Unprotect(Request("alice", """{"arguments":{"b":"z","a":{"y":[2],"x":1}},"name":"t","inputResponses":{"q":1},"requestState":"r","_meta":{"k":1}}"""), state));
    }

    [Theory]
    [InlineData("bob", """{"name":"t","arguments":{"node":"vps"}}""")]
    [InlineData("alice", """{"name":"t","arguments":{"node":"other"}}""")]
    [InlineData("alice", """{"name":"u","arguments":{"node":"vps"}}""")]
    public void Another_caller_tool_or_argument_cannot_use_it(string caller, string parameters)
    {
        var state = _states.Protect(Request("alice", """{"name":"t","arguments":{"node":"vps"}}"""), "s");
        Assert.Null(_states.Unprotect(Request(caller, parameters), state));
    }

    [Theory]
    [InlineData("""{"x":1}""", """{"y":1}""")]
    [InlineData("""{"x":1}""", """{"x":2}""")]
    [InlineData("""{"x":1}""", """{"x":"1"}""")]
    [InlineData("""{"x":[1]}""", """{"x":[2]}""")]
    [InlineData("""{"x":[1,2]}""", """{"x":[12]}""")]
    [InlineData("""{"x":[1,2]}""", """{"x":[2,1]}""")]
    [InlineData("""{"x":[[1],2]}""", """{"x":[[1,2]]}""")]
    [InlineData("""{"x":{"y":1},"z":2}""", """{"x":{"y":1,"z":2}}""")]
    [InlineData("""{"x":null}""", """{}""")]
    public void Arguments_that_differ_in_anything_are_others(string asked, string answered)
    {
        var state = _states.Protect(Request("alice", $$"""{"name":"t","arguments":{{asked}}}"""), "s");
        Assert.Null(_states.Unprotect(Request("alice", $$"""{"name":"t","arguments":{{answered}}}"""), state));
        Assert.Equal("s", _states.Unprotect(Request("alice", $$"""{"name":"t","arguments":{{asked}}}"""), state));
    }

    [Theory]
    [InlineData("%%%.AAAA")]
    [InlineData("AAAA.%%%")]
    [InlineData("AAAA.AAAA")]
    public void What_is_half_a_state_is_none(string state) => Assert.Null(_states.Unprotect(Request("alice"), state));

    [Fact]
    public void An_empty_content_comes_back_too() => Assert.Equal("", _states.Unprotect(Request("alice"), _states.Protect(Request("alice"), "")));

    [Fact]
    public void It_expires()
    {
        var state = _states.Protect(Request("alice"), "s");
        _clock.Now += TimeSpan.FromMinutes(10);
        Assert.Null(_states.Unprotect(Request("alice"), state));
    }

    [Fact]
    public void Every_changed_character_is_noticed()
    {
        var state = _states.Protect(Request("alice"), "s");
        // The last character of each half carries unused bits, which a decoder may ignore; the value is the same then.
        foreach (var i in Enumerable.Range(0, state.Length - 1).Where(i => state[i] != '.' && state[i + 1] != '.'))
        {
            var changed = state[..i] + (state[i] == 'A' ? 'B' : 'A') + state[(i + 1)..];
            Assert.Null(_states.Unprotect(Request("alice"), changed));
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("a.b.c")]
    [InlineData("%%%.%%%")]
    public void What_is_not_a_state_is_none(string? state) => Assert.Null(_states.Unprotect(Request("alice"), state));

    [Fact]
    public void Another_server_does_not_take_it() =>
        Assert.Null(new RequestStateProtector(_clock).Unprotect(Request("alice"), _states.Protect(Request("alice"), "s")));

    static JsonRpcRequest Request(string caller, string parameters = """{"name":"t"}""")
    {
        var request = new JsonRpcRequest { Method = "tools/call", Id = new(1), Params = JsonNode.Parse(parameters) };
        request.Attach(new NamedCall(caller));
        return request;
    }

    sealed record NamedCall(string CallerName) : ICallContext
    {
        public IReadOnlyList<Scope> Scopes => [];
        public IReadOnlyList<string>? Nodes => null;
        public TimeSpan ConnectionAge => default;
        public bool IsLocal => false;
        public void CloseAfterAnswer() => throw new NotSupportedException();
    }
}
