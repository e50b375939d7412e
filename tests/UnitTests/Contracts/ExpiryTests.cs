using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Nodes;
using Xunit;

namespace MeshMcp.UnitTests.Contracts;

public sealed class ExpiryTests
{
    [Theory]
    [InlineData("30d", 30)]
    [InlineData("12h", 0.5)]
    public void A_time_from_now_is_counted_in_days_or_hours(string text, double days) =>
        Assert.Equal(days, (Expiry.Read(text, "expires")!.Value - TimeProvider.System.GetUtcNow()).TotalDays, 0.01);

    [Fact]
    public void A_moment_without_a_zone_is_in_UTC_and_nothing_is_never()
    {
        Assert.Equal(new(2027, 1, 31, 18, 0, 0, TimeSpan.Zero), Expiry.Read("2027-01-31T18:00", "expires"));
        Assert.Null(Expiry.Read(" ", "expires"));
    }

    [Theory]
    [InlineData("0d")]
    [InlineData("-3d")]
    [InlineData("36501d")]
    [InlineData("2000000000d")]
    [InlineData("99999999999d")]
    [InlineData("soon")]
    [InlineData("d")]
    public void What_is_no_time_is_refused_with_examples(string text)
    {
        var error = Assert.Throws<MeshException>(() => Expiry.Read(text, "--expires")).Error;
        Assert.Equal((ErrorKind.InvalidArgument, "--expires"), (error.Kind, error.Target));
        Assert.Contains("30d", error.Hint);
    }
}
