using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Trust;
using MeshMcp.HostBridge.Access;
using Xunit;

namespace MeshMcp.UnitTests.Access;

public sealed class BridgeConfigurationTests : IDisposable
{
    readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Fact]
    public void Delegates_are_read_with_their_ceilings()
    {
        var read = Load("""{ "relayUid": 9575, "delegates": [ { "certificate": "server/mcp", "scope": "admin" }, { "uid": 1000, "systems": ["openflow"] } ] }""");

        Assert.Equal(9575u, read.RelayUid);
        Assert.Equal((null, "server/mcp", Scope.Admin), (read.Delegates[0].Uid, read.Delegates[0].Certificate, read.Delegates[0].Ceiling));
        Assert.Equal((1000u, null, Scope.Read), (read.Delegates[1].Uid, read.Delegates[1].Certificate, read.Delegates[1].Ceiling));
        Assert.Equal(["openflow"], read.Delegates[1].Systems!);
    }

    [Fact]
    public void That_somebody_from_afar_may_do_everything_is_a_choice() =>
        Assert.Equal([Scope.Operate, Scope.Read], Load("""{ "delegates": [ { "certificate": "server/mcp" }, { "uid": 1000 } ] }""").Delegates.Select(d => d.Ceiling));

    [Theory]
    [InlineData("""{ "history": { "generations": 1, "days": 0 } }""", 1, 0)]
    [InlineData("""{}""", 100, 30)]
    public void The_least_that_is_kept_of_the_past_is_one_generation_and_unless_said_it_is_a_hundred_and_thirty_days(string json, int generations, int days) =>
        Assert.Equal(new History(generations, days), Load(json).History);

    [Theory]
    [InlineData("""{ "delegates": [ { "scope": "admin" } ] }""")]
    [InlineData("""{ "delegates": [ { "uid": 1000, "certificate": "server/mcp" } ] }""")]
    [InlineData("""{ "delegates": [ { "uid": 1000, "scope": "root" } ] }""")]
    [InlineData("""{ "history": { "generations": 0, "days": 30 } }""")]
    [InlineData("""{ "limits": { "disk": "15M" } }""")]
    [InlineData("""{ "mounts": ["/srv/web/**", "srv"] }""")]
    [InlineData("""{ "history": { "generations": 1, "days": -1 } }""")]
    [InlineData("""{ "authority": { "certificate": "/c", "key": "/k", "renews": ["server.crt"] } }""")]
    [InlineData("""{ "authority": { "certificate": "/c", "key": "/k", "renews": ["/etc/../server.crt"] } }""")]
    [InlineData("""{ "authority": { "certificate": "/c", "key": "/k", "renews": ["/etc/meshmcp/server.pem"] } }""")]
    [InlineData("""{ "authority": { "certificate": "/c", "key": "/k", "renews": ["/etc/server.crt", "/etc/server.crt"] } }""")]
    [InlineData("null")]
    [InlineData("not json")]
    public void A_fault_is_refused_with_the_file(string json)
    {
        var refusal = Assert.Throws<MeshException>(() => Load(json)).Error;
        Assert.Equal((ErrorKind.InvalidArgument, _file), (refusal.Kind, refusal.Target));
    }

    [Fact]
    public void What_the_authority_renews_is_a_list_of_certificates() =>
        Assert.Equal(["/etc/meshmcp/mcp/server.crt", "/srv/server.crt"], Load("""{ "authority": { "certificate": "/c", "key": "/k", "renews": ["/etc/meshmcp/mcp/server.crt", "/srv/server.crt"] } }""").Authority!.Renews!);

    [Fact]
    public void A_file_that_is_named_must_be_there() => Assert.Throws<MeshException>(() => BridgeConfiguration.Load(_file + ".not"));

    BridgeConfiguration Load(string json)
    {
        File.WriteAllText(_file, json);
        return BridgeConfiguration.Load(_file);
    }
}
