using System.Text;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.Trust;
using Xunit;

namespace MeshMcp.UnitTests.Relay;

public sealed class RelayPreambleTests
{
    static readonly string Fingerprint = new('a', 64);

    [Fact]
    public void The_longest_preamble_keeps_its_bound_and_is_read_back()
    {
        var identity = new MeshIdentity(MeshRole.Server, new string('n', 63), Fingerprint);

        var bytes = RelayPreamble.Of(identity);

        Assert.InRange(bytes.Length, 1, RelayPreamble.Longest);
        Assert.Equal((byte)'\n', bytes[^1]);
        Assert.Equal(identity, RelayPreamble.Read(bytes.AsSpan(0, bytes.Length - 1)));
    }

    [Theory]
    [InlineData(MeshRole.Server)]
    [InlineData(MeshRole.Node)]
    public void Each_role_is_read_back(MeshRole role)
    {
        var identity = new MeshIdentity(role, "x", Fingerprint);
        Assert.Equal(identity, RelayPreamble.Read(RelayPreamble.Of(identity).AsSpan()[..^1]));
    }

    [Fact]
    public void When_the_certificate_was_issued_is_read_back()
    {
        var identity = new MeshIdentity(MeshRole.Node, "x", Fingerprint) { Issued = DateTimeOffset.FromUnixTimeSeconds(1_790_000_000) };
        Assert.Equal(identity, RelayPreamble.Read(RelayPreamble.Of(identity).AsSpan()[..^1]));
    }

    [Theory]
    [InlineData(RelayPreamble.Longest - 1, true)]
    [InlineData(RelayPreamble.Longest, false)]
    public void A_refusal_is_read_up_to_its_bound(int length, bool read)
    {
        var line = $"MESH/1 refused 1 {new string('f', 64)} ";
        Assert.Equal(read, RelayPreamble.ReadRefusal(Encoding.ASCII.GetBytes(line.PadRight(length, 'x'))) is not null);
    }

    [Theory]
    [InlineData("")]
    [InlineData("GET / HTTP/1.1")]
    [InlineData("MESH/2 server mcp FINGERPRINT")]
    [InlineData("MESH/1 root mcp FINGERPRINT")]
    [InlineData("MESH/1 server Mcp FINGERPRINT")]
    [InlineData("MESH/1 server mcp abc")]
    [InlineData("MESH/1 server mcp FINGERPRINT ")]
    [InlineData("MESH/1  server mcp FINGERPRINT")]
    [InlineData("MESH/1 server mcp FINGERPRINT\r")]
    public void Anything_else_is_not_a_preamble(string line) =>
        Assert.Null(RelayPreamble.Read(Encoding.ASCII.GetBytes(line.Replace("FINGERPRINT", Fingerprint, StringComparison.Ordinal))));

    [Theory]
    [InlineData("203.0.113.9", "its certificate expired on 2026-01-01", 1)]
    [InlineData("2001:db8::1", "its certificate is missing", 310)]
    [InlineData("others", "too many connections", 99_999_999)]
    public void Whom_the_relay_turned_away_is_read_back_and_is_no_identity(string address, string reason, int count)
    {
        var line = RelayPreamble.Of(new RelayRefusal(address, reason, count)).AsSpan()[..^1];
        Assert.Equal(new(address, reason, count), RelayPreamble.ReadRefusal(line));
        Assert.Null(RelayPreamble.Read(line));
    }

    [Fact]
    public void A_reason_is_cut_and_cannot_forge_a_line()
    {
        var bytes = RelayPreamble.Of(new RelayRefusal("203.0.113.9", "a\nMESH/1 server mcp " + new string('\u00e9', 400)));
        Assert.InRange(bytes.Length, 1, RelayPreamble.Longest);
        Assert.Equal(1, bytes.Count(b => b == '\n'));
        Assert.StartsWith("a?MESH/1 server mcp ???", RelayPreamble.ReadRefusal(bytes.AsSpan()[..^1])!.Reason);
    }
}
