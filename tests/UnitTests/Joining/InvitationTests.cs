using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Joining;
using Xunit;

namespace MeshMcp.UnitTests.Joining;

public sealed class InvitationTests
{
    static readonly Invitation Sample = new("https://203.0.113.10:9573/enroll", new string('a', 64), Invitation.NewSecret(), "edge1", new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero), "nm-key");

    [Fact]
    public void It_is_one_word_that_is_read_back()
    {
        Assert.Matches("^[A-Za-z0-9_-]+$", Sample.ToText());
        Assert.Equal(Sample, Invitation.Parse($" {Sample.ToText()}\n"));
    }

    [Fact]
    public void Its_secret_does_not_show_in_logs() => Assert.DoesNotContain(Sample.Secret, $"{Sample}", StringComparison.Ordinal);

    [Fact]
    public void A_part_of_it_is_refused_with_what_to_do()
    {
        var whole = Sample.ToText();
        foreach (var length in new[] { 0, 1, 7, whole.Length / 2, whole.Length - 1 })
        {
            var refused = Assert.Throws<MeshException>(() => Invitation.Parse(whole[..length]));
            Assert.Contains("invitation whole", refused.Error.Hint, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("http://203.0.113.10:9573/enroll")]
    [InlineData("file:///etc/passwd")]
    [InlineData("https://user:word@host/enroll")]
    [InlineData("nonsense")]
    public void It_leads_to_https_only(string url) => Assert.Throws<MeshException>(() => Invitation.Parse((Sample with { Url = url }).ToText()));
}
