using System.Text.Json;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.Nodes;
using MeshMcp.HostBridge.Engine;
using Xunit;

namespace MeshMcp.UnitTests.Engine;

/// <summary>Edits for a while, by the whole engine on a model of a host.</summary>
public sealed class ExpiringEditTests
{
    [Fact]
    public async Task An_edit_for_a_while_is_taken_back_by_a_change_of_its_own_that_says_why()
    {
        using var node = new ModelNode();
        await node.Apply(ModelNode.Declare("10"));
        var made = await node.Apply(For("60s", "20"));
        Assert.Equal(GenerationStatus.Confirmed, made.Generation!.Status);
        Assert.Contains(made.News!, f => f is { Kind: "until" } && f.Message.Contains("in 60 s"));

        node.Wind(59);
        Assert.Null(await node.Engine.ExpireAsync());
        Assert.Equal("10 20", node.Ports());
        Assert.InRange(Views(node).List(1).Edits[0].SecondsLeft!.Value, 0.9, 1.1);

        node.Wind(2);
        Assert.Equal(0, node.Engine.SecondsLeftByItem.Values.Single());
        var taken = await node.Engine.ExpireAsync();
        Assert.Equal("10", node.Ports());
        Assert.Equal((3, GenerationStatus.Confirmed, "meshmcp-hostbridge"), (taken!.Number, taken.Status, taken.By));
        Assert.Contains("edit 1 by uid 0", taken.Why);
        Assert.Contains("end of \"add flow", Assert.Single(taken.Edits));
        Assert.Equal(EditStatus.Expired, Views(node).List(1).Edits[0].Status);
        Assert.Empty(node.Engine.SecondsLeftByItem);
        Assert.Null(await node.Engine.ExpireAsync());
        Assert.Null(await node.Engine.HealAsync());
        Assert.Equal("10", node.Ports());
    }

    [Fact]
    public async Task Other_changes_go_on_meanwhile_and_stay()
    {
        using var node = new ModelNode();
        await node.Apply(For("60s", "20"));
        await node.Apply(ModelNode.Add("30"));
        await node.Apply(ModelNode.Declare("10"));
        Assert.Equal("10 20 30", node.Ports());

        node.Wind(61);
        await node.Engine.ExpireAsync();
        Assert.Equal("10 30", node.Ports());
    }

    [Fact]
    public async Task What_it_replaced_for_a_while_is_there_again_afterwards_also_when_a_document_came_meanwhile()
    {
        using var node = new ModelNode();
        const string Lasting = "priority=1,tcp,tp_dst=10,actions=drop", Passing = "priority=1,tcp,tp_dst=10,actions=normal";
        await node.Apply(new ChangeRequest { Edits = [new AddFlow(Lasting, "mesh")] });
        await node.Apply(new ChangeRequest { Edits = [new AddFlow(Passing, "mesh")], For = "1h" });
        Assert.Equal([Passing], node.Host);
        Assert.Equal([EditStatus.InEffect, EditStatus.Superseded], Views(node).List(2).Edits.Select(e => e.Status));
        Assert.Equal(2, Assert.Single(Views(node).Origins()).Edit);
        await node.Apply(ModelNode.Declare("20"));
        Assert.Equal("10 20", node.Ports());

        node.Wind(3601);
        await node.Engine.ExpireAsync();
        Assert.Contains(Lasting, node.Host);
        Assert.Equal("10 20", node.Ports());
    }

    [Fact]
    public async Task It_survives_a_restart_and_ends_at_the_start_where_its_time_passed_meanwhile()
    {
        using var node = new ModelNode();
        await node.Apply(ModelNode.Declare("10"));
        await node.Apply(For("60s", "20"));
        node.Boot("first boot");
        Assert.Null(await node.Engine.ExpireAsync());
        Assert.Equal(60, node.Engine.SecondsLeftByItem.Values.Single(), 0.1);

        node.Boot("first boot");
        node.Wind(61);
        await node.Engine.ExpireAsync();
        Assert.Equal("10", node.Ports());
    }

    [Fact]
    public async Task After_a_reboot_the_calendar_counts()
    {
        using var node = new ModelNode();
        await node.Apply(For("60s", "20"));
        node.Boot("second boot");
        node.Wind(5000);
        // By the calendar hardly anything of it is over, whatever the new boot's clock says.
        Assert.Null(await node.Engine.ExpireAsync());
        Assert.InRange(node.Engine.SecondsLeftByItem.Values.Single(), 1, 60);
    }

    [Fact]
    public async Task Made_again_it_has_its_time_anew_and_without_a_time_it_stays()
    {
        using var node = new ModelNode();
        await node.Apply(For("60s", "20"));
        await node.Apply(For("60s", "30"));
        node.Wind(50);
        var longer = await node.Apply(For("60s", "20"));
        var kept = await node.Apply(ModelNode.Add("30"));
        Assert.True(longer.Changed);
        Assert.Empty(longer.Generation!.Steps);
        Assert.True(kept.Changed);

        node.Wind(50);
        Assert.Null(await node.Engine.ExpireAsync());
        Assert.Equal("20 30", node.Ports());
        Assert.Single(node.Engine.SecondsLeftByItem);

        node.Wind(11);
        await node.Engine.ExpireAsync();
        Assert.Equal("30", node.Ports());
    }

    [Fact]
    public async Task Deleted_it_ends_at_once_and_nothing_happens_at_its_time()
    {
        using var node = new ModelNode();
        await node.Apply(For("60s", "20"));
        await node.Apply(new ChangeRequest { Edits = [new DeleteFlow(Flow("20"), "mesh")] });
        Assert.Equal("", node.Ports());
        Assert.Empty(node.Engine.SecondsLeftByItem);

        node.Wind(61);
        Assert.Null(await node.Engine.ExpireAsync());
    }

    [Fact]
    public async Task A_document_that_names_it_counts_and_it_ends_no_more()
    {
        using var node = new ModelNode();
        await node.Apply(For("60s", "20"));
        var plan = await node.Engine.PlanAsync(ModelNode.Declare("20"), ModelNode.Root, CancellationToken.None);
        Assert.Contains(plan.Findings, f => f.Kind == "absorbed" && f.Message.Contains("for good now"));
        await node.Apply(ModelNode.Declare("20"));
        Assert.Empty(node.Engine.SecondsLeftByItem);

        node.Wind(61);
        Assert.Null(await node.Engine.ExpireAsync());
        Assert.Equal("20", node.Ports());
    }

    [Fact]
    public async Task While_a_change_waits_for_its_confirmation_nothing_ends_and_it_ends_as_soon_as_that_is_decided()
    {
        using var node = new ModelNode();
        await node.Apply(For("20s", "20"));
        await node.Apply(ModelNode.Declare("10", confirmWithin: 30));
        node.Wind(21);
        Assert.Null(await node.Engine.ExpireAsync());
        Assert.Equal("10 20", node.Ports());
        Assert.Equal(0, node.Engine.SecondsLeftByItem.Values.Single());

        node.Wind(10);
        await node.Engine.UndoOverdueAsync();
        await node.Engine.ExpireAsync();
        Assert.Equal("", node.Ports());
        Assert.Equal([GenerationStatus.Confirmed, GenerationStatus.RolledBack, GenerationStatus.Confirmed], Enumerable.Range(1, 3).Select(n => node.Engine.Read(n).Status));
    }

    [Fact]
    public async Task A_change_for_a_while_that_nobody_confirms_is_undone_and_leaves_nothing_to_end()
    {
        using var node = new ModelNode();
        await node.Apply(For("60s", "20") with { ConfirmWithin = 30 });
        node.Wind(31);
        await node.Engine.UndoOverdueAsync();
        Assert.Equal("", node.Ports());
        node.Wind(31);
        Assert.Null(await node.Engine.ExpireAsync());
    }

    [Fact]
    public async Task Its_end_is_not_confirmed_by_anybody_where_it_only_touches_a_way_to_the_node()
    {
        using var node = new ModelNode();
        await node.Apply(ModelNode.Declare("10", serves: true));
        await node.Apply(new ChangeRequest { Edits = [new AddFlow("priority=1,tcp,tp_dst=9573,actions=drop", "mesh")], For = "60s", ConfirmWithin = 30 });
        node.Engine.Confirm(2, new(), ModelNode.Root);
        node.Wind(61);
        Assert.Equal(GenerationStatus.Confirmed, (await node.Engine.ExpireAsync())!.Status);
        Assert.Equal("10", node.Ports());
    }

    [Fact]
    public async Task What_would_certainly_cut_the_node_off_stays_and_is_told_and_goes_once_it_does_not()
    {
        using var node = new ModelNode();
        await node.Apply(For("60s", ModelSystem.Cutting) with { Force = true });
        if (node.Engine.Unfinished is not null) node.Engine.Confirm(1, new(), ModelNode.Root);
        node.Wind(61);
        Assert.Null(await node.Engine.ExpireAsync());
        Assert.Equal(ModelSystem.Cutting, node.Ports());
        var told = Assert.Single(node.Engine.NotExpired);
        Assert.Equal("blocked", told.Kind);
        Assert.Contains("edit 1 by uid 0", told.Message);
        // It is no reason to make no other change.
        await node.Apply(ModelNode.Add("30"));
        Assert.Equal($"30 {ModelSystem.Cutting}", node.Ports());
    }

    [Fact]
    public async Task What_fails_is_put_back_and_tried_again_but_not_at_once()
    {
        using var node = new ModelNode();
        await node.Apply(For("60s", "20"));
        node.Wind(61);
        node.System.BeforeStep = _ => throw new MeshException(ErrorKind.CommandFailed, "the switch said no");
        Assert.Equal(GenerationStatus.RolledBack, (await node.Engine.ExpireAsync())!.Status);
        Assert.Contains("the switch said no", Assert.Single(node.Engine.NotExpired).Message);
        Assert.Null(await node.Engine.ExpireAsync());
        node.System.BeforeStep = _ => { };
        await TestKit.Eventually.True(async () => await node.Engine.ExpireAsync() is { Status: GenerationStatus.Confirmed }, TimeSpan.FromSeconds(30), "it is tried again");
        Assert.Equal("", node.Ports());
        Assert.Empty(node.Engine.NotExpired);
    }

    [Fact]
    public async Task Going_back_to_a_generation_does_not_bring_back_what_is_over_by_now()
    {
        using var node = new ModelNode();
        await node.Apply(For("60s", "20"));
        await node.Apply(ModelNode.Add("30"));
        node.Wind(61);
        await node.Engine.ExpireAsync();
        var added = new List<string>();
        node.System.BeforeStep = _ => added.AddRange(node.Host.Where(f => f.Contains("tp_dst=20")));
        await node.Rollback(1);
        Assert.Equal("", node.Ports());
        Assert.Empty(added);
    }

    [Fact]
    public async Task In_a_section_that_the_document_leaves_out_it_waits_and_that_is_told()
    {
        using var node = new ModelNode();
        await node.Apply(ModelNode.Declare("10"));
        await node.Apply(For("60s", "20"));
        await node.Apply(new ChangeRequest { Declared = JsonDocument.Parse("{}").RootElement });
        node.Wind(61);
        Assert.Null(await node.Engine.ExpireAsync());
        Assert.Contains("leaves section openflow out", Assert.Single(node.Engine.NotExpired).Message);

        await node.Apply(ModelNode.Add("30"));
        await node.Engine.ExpireAsync();
        Assert.Equal("10 30", node.Ports());
    }

    [Fact]
    public async Task What_is_so_for_good_does_not_end_and_that_is_said()
    {
        using var node = new ModelNode();
        await node.Apply(ModelNode.Declare("10"));
        var end = await node.Apply(For("60s", "10"));
        Assert.Null(end.Generation);
        Assert.Contains(end.News!, f => f.Kind == "warning" && f.Message.Contains("for good already"));
        Assert.Empty(node.Engine.SecondsLeftByItem);
    }

    [Theory]
    [InlineData("60")]
    [InlineData("4s")]
    [InlineData("31d")]
    [InlineData("2099-01-01")]
    [InlineData("-5s")]
    [InlineData("")]
    [InlineData("a minute")]
    public async Task A_span_out_of_its_bounds_or_that_is_none_is_refused_with_them(string text)
    {
        using var node = new ModelNode();
        var refused = await Assert.ThrowsAsync<MeshException>(() => node.Apply(For(text, "20")));
        Assert.Equal((ErrorKind.InvalidArgument, "for"), (refused.Error.Kind, refused.Error.Target));
        Assert.Contains("5s to 30d", refused.Error.Hint);
        Assert.Null(node.Engine.Current);
    }

    /// <summary>Every kind of edit is in one of both.</summary>
    [Fact]
    public async Task Only_edits_that_can_end_by_themselves_are_taken_for_a_while()
    {
        Edit[] ending = [new AddFlow(Flow("20"), "mesh"), new PublishPort(new() { Port = 80, Container = "100" })];
        Assert.All(ending, e => Assert.True(e.CanExpire));
        var kinds = MeshJson.Default.Edit.PolymorphismOptions!.DerivedTypes.Select(d => d.DerivedType).ToList();
        Assert.All(kinds, k => Assert.Equal(ending.Any(e => e.GetType() == k), k.GetProperty(nameof(Edit.CanExpire))!.DeclaringType == k));

        using var node = new ModelNode();
        await node.Apply(ModelNode.Declare("20"));
        var lasting = await Assert.ThrowsAsync<MeshException>(() => node.Apply(new ChangeRequest { Edits = [new DeleteFlow(Flow("20"), "mesh")], For = "60s" }));
        Assert.Equal("for", lasting.Error.Target);
        var document = await Assert.ThrowsAsync<MeshException>(() => node.Apply(ModelNode.Declare("30") with { For = "60s" }));
        Assert.Equal("for", document.Error.Target);
    }

    static ChangeRequest For(string span, string port) => ModelNode.Add(port) with { For = span };

    static string Flow(string port) => $"priority=1,tcp,tp_dst={port},actions=drop";

    static EditViews Views(ModelNode node) => new(node.Engine, node.Store);
}
