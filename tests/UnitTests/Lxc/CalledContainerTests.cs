using System.Text.Json.Serialization.Metadata;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Host;
using MeshMcp.HostBridge.Host.Lxc;
using MeshMcp.HostBridge.Systems.Lxc;
using MeshMcp.HostBridge.Systems.Uplink;
using MeshMcp.TestServers;
using Xunit;

namespace MeshMcp.UnitTests.Lxc;

/// <summary>Whoever names a container gets the one he means or a refusal, wherever he names it.</summary>
public sealed class CalledContainerTests
{
    static Container Named(string id, string? name) => new() { Id = id, Veth = $"veth{id}", Properties = new() { Name = name, Ipv4Address = $"10.1.0.{id}/24" } };

    /// <summary>From a time when a name could be digits, and two containers' name.</summary>
    static readonly NodeState State = new() { Bridge = new() { Address = "10.1.0.1/24" }, Lxc = new() { Containers = [Named("101", "102"), Named("201", "gateway"), Named("202", "gateway"), Named("203", "only")] } };

    /// <summary>The edits that name a container, by their word: how to make one, and the id in what becomes of it.</summary>
    static readonly Dictionary<string, (Func<string, Edit> Make, Func<Edit, string> Id)> Naming = new()
    {
        ["deleteContainer"] = (c => new DeleteContainer(c), e => ((DeleteContainer)e).Id),
        ["updateContainer"] = (c => new UpdateContainer(c, new() { Name = "other" }), e => ((UpdateContainer)e).Id),
        ["setContainerRunning"] = (c => new SetContainerRunning(c, false), e => ((SetContainerRunning)e).Id),
        ["publishPort"] = (c => new PublishPort(new() { Port = 80, Container = c }), e => ((PublishPort)e).Port.Container),
    };

    public static TheoryData<string> Edits =>
        [.. MeshJson.Default.Edit.PolymorphismOptions!.DerivedTypes.Where(d => Names(MeshJson.Default.GetTypeInfo(d.DerivedType)!, top: true)).Select(d => (string)d.TypeDiscriminator!)];

    /// <summary>By its id as the edit's own, or as the container of something else.</summary>
    static bool Names(JsonTypeInfo type, bool top) => type.Kind == JsonTypeInfoKind.Object && type.Properties.Any(p =>
        p.PropertyType == typeof(string) ? p.Name == "container" || top && p.Name == "id" : Names(MeshJson.Default.GetTypeInfo(p.PropertyType)!, top: false));

    [Theory]
    [MemberData(nameof(Edits))]
    public void Every_edit_takes_an_exact_id_then_a_name_that_one_has_and_refuses_the_rest_with_candidates(string word)
    {
        var (make, id) = Naming[word];
        string Resolved(string called) => id(Resolve(make(called)));

        Assert.Equal("101", Resolved("101"));
        Assert.Equal("203", Resolved("only"));
        var several = Assert.Throws<MeshException>(() => Resolved("gateway")).Error;
        Assert.Equal((ErrorKind.InvalidArgument, "Several containers are called gateway: 201, 202."), (several.Kind, several.Message));
        Assert.Equal(["201", "202"], several.Problems!.Single().Nearest!);
        // Digits are an id: of a container that is not there.
        if (word == "publishPort")
            Assert.Equal("There is no container 102 in the state.", UplinkFaults.Of(((PublishPort)Resolve(make("102"))).Apply(State)).Single().Message);
        else
            Assert.Equal((ErrorKind.NotFound, "101"), Assert.Throws<MeshException>(() => Resolved("102")) is { Error: var error } ? (error.Kind, error.Problems!.Single().Nearest![0]) : default);
    }

    static Edit Resolve(Edit edit, params IReadOnlyList<ContainerFolder> folders)
    {
        var commands = new CommandRunner();
        return edit.Section == "lxc" ? new LxcChoice(State, folders, [], new("/nowhere", commands, new(commands, new(commands), TimeProvider.System))).Resolve(edit) : UplinkChoice.Of(edit, State);
    }

    /// <summary>Of others: a container whose id is the name of one of ours.</summary>
    static readonly ContainerFolder Foreign = new("only", "lxc.uts.name = x\n", null);

    /// <summary>Ports are published for containers of the state, whatever else is on the node.</summary>
    public static TheoryData<string> OfTheNode => [.. Edits.Select(e => e.Data).Except(["publishPort"])];

    [Theory]
    [MemberData(nameof(OfTheNode))]
    public void What_others_made_is_meant_by_its_id_before_one_of_ours_by_its_name(string word)
    {
        var refused = Assert.Throws<MeshException>(() => Resolve(Naming[word].Make("only"), Foreign)).Error;
        Assert.Equal((ErrorKind.PermissionDenied, "MeshMcp did not make container only; containers of others are shown and never touched."), (refused.Kind, refused.Message));
        Assert.Equal("203", Naming[word].Id(Resolve(Naming[word].Make("203"), Foreign)));
    }

    [Fact]
    public void What_others_made_is_entered_by_no_name_of_ours()
    {
        HostContainer ours = new("203", true, Named("203", "only"), "", null), foreign = new("only", false, null, Foreign.Config, null);

        Assert.Equal("203", ContainerViews.Ours("only", [ours]).Id);
        Assert.Equal(ErrorKind.PermissionDenied, Assert.Throws<MeshException>(() => ContainerViews.Ours("only", [ours, foreign])).Error.Kind);
        Assert.Equal("203", ContainerViews.Ours("203", [foreign, ours]).Id);
        var none = Assert.Throws<MeshException>(() => ContainerViews.Ours("onl", [ours, foreign])).Error;
        Assert.Equal((ErrorKind.NotFound, "Containers: 203 (only)."), (none.Kind, none.Hint));
    }

    [Fact]
    public async Task Purging_takes_none_of_ours_for_what_others_made()
    {
        await using var vps = await ScriptedNode.StartAsync();
        vps.Says("GET /v1/containers", new ContainerList([new("only", false, true), new("203", true, true) { Name = "only", Identity = "i203" }], []), MeshJson.Default.ContainerList);
        vps.Refuses("POST /v1/apply", 403, new(ErrorKind.PermissionDenied, "MeshMcp did not make it"));
        await using var server = await ToolServer.StartAsync(("vps", vps.Endpoint));

        Assert.Contains("MeshMcp did not make it", (await server.CallAsync("delete_container", ("node", "vps"), ("id", "only"), ("purge", true))).Refusal(), StringComparison.Ordinal);
        Assert.DoesNotContain(vps.Seen, s => s.Body.Contains("203", StringComparison.Ordinal));
    }

    [Fact]
    public void A_name_of_digits_or_another_containers_name_is_a_fault_where_it_is_newly_given_and_none_where_it_was()
    {
        Assert.Empty(CalledContainer.NewFaults(State, State));
        Assert.Empty(LxcFaults.Of(State));
        Assert.Equal(["lxc.containers.101.properties.name", "lxc.containers.202.properties.name"], CalledContainer.NewFaults(new(), State).Select(p => p.Path));
        var more = State with { Lxc = new() { Containers = [.. State.Lxc!.Containers, Named("204", "7"), Named("205", "only"), Named("206", "new")] } };
        Assert.Equal(["lxc.containers.204.properties.name", "lxc.containers.205.properties.name"], CalledContainer.NewFaults(State, more).Select(p => p.Path));
        // Whoever comes first in the list: the one that had the name keeps it.
        var first = State with { Lxc = new() { Containers = [Named("199", "only"), .. State.Lxc!.Containers] } };
        Assert.Equal(["lxc.containers.199.properties.name"], CalledContainer.NewFaults(State, first).Select(p => p.Path));
    }

    [Theory]
    [InlineData("102", "/v1/containers/101/purge", "No such container")]
    [InlineData("gateway", "/v1/containers/201/purge", "Several containers are called gateway: 201, 202.")]
    public async Task Purging_takes_no_other_container_than_the_one_that_was_named(string called, string never, string said)
    {
        await using var vps = await ScriptedNode.StartAsync();
        vps.Says("GET /v1/containers", new ContainerList([.. State.Lxc!.Containers.Select(c => new ContainerStatus(c.Id, true, true) { Name = c.Properties.Name, Identity = $"i{c.Id}" })], []), MeshJson.Default.ContainerList);
        vps.Refuses("POST /v1/apply", 404, new(ErrorKind.NotFound, "No such container"));
        await using var server = await ToolServer.StartAsync(("vps", vps.Endpoint));

        Assert.Contains(said, (await server.CallAsync("delete_container", ("node", "vps"), ("id", called), ("purge", true))).Refusal(), StringComparison.Ordinal);
        Assert.DoesNotContain(vps.Seen, s => s.Name.EndsWith(never, StringComparison.Ordinal));
        Assert.DoesNotContain(vps.Seen, s => s.Body.Contains("\"101\"", StringComparison.Ordinal));
    }
}
