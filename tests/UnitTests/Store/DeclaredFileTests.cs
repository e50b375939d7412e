using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Store;
using Xunit;

namespace MeshMcp.UnitTests.Store;

public sealed class DeclaredFileTests : IDisposable
{
    static readonly NodeState Document = new() { Bridge = new() { Name = "mesh" } }, Other = new() { Bridge = new() { Name = "other" } };

    readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Fact]
    public void Without_a_file_every_document_is_taken()
    {
        Assert.Null(new DeclaredFile(null).Refusal(Document));
        Assert.Equal((false, true), (new DeclaredFile(null).IsNamed, new DeclaredFile(_file).IsNamed));
    }

    [Fact]
    public void With_a_file_its_document_is_taken_however_it_is_written_and_no_other()
    {
        File.WriteAllText(_file, """  { "bridge" : { "name":"mesh" } }  """);

        Assert.Null(new DeclaredFile(_file).Refusal(Document));
        var refusal = new DeclaredFile(_file).Refusal(Other)!;
        Assert.Equal(ErrorKind.NotSupported, refusal.Kind);
        Assert.Contains(_file, refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("cannot be read", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("not json")]
    [InlineData(null)]
    public void While_the_file_cannot_be_read_none_is_taken_and_the_reason_is_said(string? content)
    {
        if (content is null) File.Delete(_file);
        else File.WriteAllText(_file, content);

        Assert.Contains("The file cannot be read", new DeclaredFile(_file).Refusal(Document)!.Message, StringComparison.Ordinal);
    }
}
