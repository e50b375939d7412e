using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Access;
using MeshMcp.HostBridge.Engine;
using MeshMcp.HostBridge.Systems;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace MeshMcp.UnitTests.Systems;

public sealed class SystemModulesTests
{
    [Fact]
    public void The_order_of_steps_follows_from_what_each_system_says() =>
        Assert.Equal(["packagekit", "systemd", "uplink", "bridge", "wireguard", "netmaker", "adapters", "lxc", "xray", "openflow"], SystemModules.InOrder.Select(m => m.Name));

    [Fact]
    public void Each_section_of_the_state_has_a_system() =>
        Assert.Empty(NodeState.Sections.Except(SystemModules.InOrder.Select(m => m.Name)));

    [Fact]
    public void Of_those_that_could_be_next_the_first_by_name_is_and_what_comes_after_every_other_is_last() =>
        Assert.Equal(["b", "c", "a", "z", "first", "last"], Order(new("last", ISystem.Every), new("a", "c"), new("z", "a"), new("c"), new("b"), new("first", "z")));

    [Theory]
    [InlineData("a", "b", "b", "a", "Systems wait for each other: a, b.")]
    [InlineData("a", "gone", "b", "a", "System a comes after gone, which there is not.")]
    [InlineData("a", "b", "a", "b", "Two systems are called a.")]
    public void What_cannot_be_ordered_is_said(string one, string after, string other, string afterOther, string says) =>
        Assert.Equal(says, Assert.Throws<InvalidOperationException>(() => Order(new(one, after), new(other, afterOther))).Message);

    static IEnumerable<string> Order(params IEnumerable<Named> modules) => SystemModules.Order(modules).Select(m => m.Name);

    sealed class Named(string name, params IReadOnlyList<string> after) : SystemModule
    {
        public override string Name => name;

        public override IReadOnlyList<string> After => after;

        public override void AddTo(IServiceCollection services, BridgeConfiguration configuration)
        {
        }
    }
}
