using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.State;
using Xunit;

namespace MeshMcp.UnitTests.Xray;

public sealed class XrayFaultsTests
{
    [Fact]
    public void Sound_sections_have_no_faults()
    {
        Assert.Empty(Faults(new() { Server = Sections.V2rayServer, Exit = Sections.Exit(XrayProgram.V2ray) }));
        Assert.Empty(Faults(new() { Server = Sections.RealityServer, Exit = Sections.Exit(XrayProgram.Xray) }));
    }

    [Fact]
    public void What_v2ray_would_silently_ignore_is_refused_on_it()
    {
        var faults = Faults(new() { Server = Sections.RealityServer with { Program = XrayProgram.V2ray } });

        Assert.Contains(faults, f => f.Path == "xray.server.vless.security" && f.Message.Contains("v2ray does not know REALITY", StringComparison.Ordinal));
        Assert.Contains(faults, f => f.Path == "xray.server.vless.flow" && f.Message.Contains("v2ray does not know this flow", StringComparison.Ordinal));
    }

    public static TheoryData<string, Func<XraySection, XraySection>> Broken => new()
    {
        { "xray.server.container", s => s with { Server = s.Server! with { Container = "../etc" } } },
        { "xray.exit.container", s => s with { Exit = s.Exit! with { Container = "202" } } },
        { "xray.server.exit", s => s with { Server = s.Server! with { Exit = "exit.example:10086" } } },
        { "xray.server.exit", s => s with { Server = s.Server! with { Exit = "10.0.0.102" } } },
        { "xray.server.exit", s => s with { Server = s.Server! with { Exit = "198.51.100.1:10086" } } },
        { "xray.server.exit_id", s => s with { Server = s.Server! with { ExitId = Sections.ExitId } } },
        { "xray.server.host", s => s with { Server = s.Server! with { Host = "https://vps.example/" } } },
        { "xray.server", s => s with { Server = s.Server! with { Vless = null, Vmess = null } } },
        { "xray.server.vmess.port", s => s with { Server = s.Server! with { Vmess = new() { Port = 443 } } } },
        { "xray.server.vless.port", s => s with { Server = s.Server! with { Vless = new() { Port = 10085 } } } },
        { "xray.server.vless.certificate", s => s with { Server = s.Server! with { Vless = new() { Port = 443, Security = XraySecurity.Tls, Key = "secret:key" } } } },
        { "xray.server.vmess.security", s => s with { Server = s.Server! with { Program = XrayProgram.Xray, Vmess = Sections.RealityServer.Vless! with { Port = 8443, Flow = null } } } },
        { "xray.server.vless.public_key", s => s with { Server = Sections.RealityServer with { Vless = Sections.RealityServer.Vless! with { PublicKey = null } } } },
        { "xray.server.vless.short_ids", s => s with { Server = Sections.RealityServer with { Vless = Sections.RealityServer.Vless! with { ShortIds = ["123"] } } } },
        { "xray.server.vless.flow", s => s with { Server = Sections.RealityServer with { Vless = Sections.RealityServer.Vless! with { Flow = "xtls-rprx-direct" } } } },
        { "xray.server.users[1].name", s => s with { Server = s.Server! with { Users = [new() { Name = "alice" }, new() { Name = "alice" }] } } },
        { "xray.server.users[0].name", s => s with { Server = s.Server! with { Users = [new() { Name = "a>>>b" }] } } },
        { "xray.server.users[1].id", s => s with { Server = s.Server! with { Users = [new() { Name = "alice" }, new() { Name = "bob", Id = "secret:xray-user-alice" }] } } },
        { "xray.server.users[0].id", s => s with { Server = s.Server! with { Users = [new() { Name = "alice", Id = Sections.AliceId }] } } },
        { "xray.exit.port", s => s with { Exit = s.Exit! with { Port = 0 } } },
        { "xray.exit.allowed_networks", s => s with { Exit = s.Exit! with { AllowedNetworks = ["10.0.0.100"] } } },
    };

    [Theory]
    [MemberData(nameof(Broken), DisableDiscoveryEnumeration = true)]
    public void A_fault_is_told_with_its_path(string path, Func<XraySection, XraySection> broken)
    {
        var faults = Faults(broken(new() { Server = Sections.V2rayServer, Exit = Sections.Exit(XrayProgram.V2ray) }));

        Assert.Equal([path], faults.Select(f => f.Path));
    }

    static IReadOnlyList<Problem> Faults(XraySection section)
    {
        using var host = new XrayHost();
        return [.. host.System.Validate(new() { Xray = section })];
    }
}
