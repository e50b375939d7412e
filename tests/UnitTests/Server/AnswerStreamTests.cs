using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using MeshMcp.Server.Mcp;
using MeshMcp.TestKit;
using Xunit;

namespace MeshMcp.UnitTests.Server;

public sealed class AnswerStreamTests
{
    const string Empty = "event: prime\ndata: \nid: s:1:1\n\n", Message = "event: message\ndata: {\"result\":{},\"jsonrpc\":\"2.0\"}\nid: s:1:2\n\n";

    readonly Pipe _body = new();
    readonly HandClock _clock = new();
    int _overdue;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("event: message\ndata: {\"result\":", "{},\"jsonrpc\":\"2.0\"}\n\n")]
    [InlineData(Empty, Message)]
    [InlineData(Message, Empty)]
    [InlineData(Empty, Empty, Message)]
    [InlineData("a", "b", "c")]
    public async Task Nothing_that_is_written_is_lost_however_it_is_cut_into_pieces(params string[] pieces)
    {
        await using (var answer = Open())
            foreach (var piece in pieces)
            {
                await answer.WriteAsync(Encoding.UTF8.GetBytes(piece), Ct);
                await answer.FlushAsync(Ct);
            }

        Assert.Equal(string.Concat(pieces), await SentAsync());
        Assert.Equal(0, _overdue);
    }

    [Fact]
    public async Task An_empty_first_event_goes_after_a_second_and_who_is_overdue_is_told_first()
    {
        await using var answer = Open();
        await answer.WriteAsync(Encoding.UTF8.GetBytes(Empty), Ct);
        await answer.FlushAsync(Ct);
        _clock.Pass(TimeSpan.FromMilliseconds(999));
        Assert.False(_body.Reader.TryRead(out _));

        _clock.Pass(TimeSpan.FromMilliseconds(1));

        var sent = await _body.Reader.ReadAsync(Ct);
        Assert.Equal(Empty, Encoding.UTF8.GetString(sent.Buffer.ToArray()));
        Assert.Equal(1, _overdue);
    }

    [Fact]
    public async Task Nothing_comes_late_after_the_end()
    {
        await using (var answer = Open()) await answer.WriteAsync(Encoding.UTF8.GetBytes(Empty), Ct);

        _clock.Pass(TimeSpan.FromMinutes(1));

        Assert.Equal("", await SentAsync());
        Assert.Equal(0, _overdue);
    }

    AnswerStream Open() => new(_body.Writer, _clock, () => _overdue++);

    async Task<string> SentAsync()
    {
        await _body.Writer.CompleteAsync();
        return Encoding.UTF8.GetString((await _body.Reader.ReadAtLeastAsync(1 << 16, Ct)).Buffer.ToArray());
    }
}
