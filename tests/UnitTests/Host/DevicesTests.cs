using System.Net.NetworkInformation;
using MeshMcp.Contracts.Errors;
using MeshMcp.HostBridge.Host;
using Xunit;

namespace MeshMcp.UnitTests.Host;

/// <summary>The faults are those that the runtime was seen to throw while devices were made and deleted without a pause.</summary>
public sealed class DevicesTests
{
    public static TheoryData<Exception> Stumbles => [new ArgumentException("An invalid IP address was specified."), new FormatException("Could not find any recognizable digits."), new NetworkInformationException()];

    [Theory]
    [MemberData(nameof(Stumbles), DisableDiscoveryEnumeration = true)]
    public void Devices_that_come_and_go_while_they_are_read_are_read_again(Exception stumble)
    {
        var before = 3;

        var names = Devices.Read(all => before-- > 0 ? throw stumble : all.Select(d => d.Name).ToList());

        Assert.Contains("lo", names);
    }

    [Theory]
    [MemberData(nameof(Stumbles), DisableDiscoveryEnumeration = true)]
    public void When_they_never_hold_still_the_caller_hears_that_they_cannot_be_read(Exception stumble)
    {
        var error = Assert.Throws<MeshException>(() => Devices.Read<int>(_ => throw stumble)).Error;

        Assert.Equal(ErrorKind.Unavailable, error.Kind);
        Assert.Contains(stumble.Message, error.Message, StringComparison.Ordinal);
    }
}
