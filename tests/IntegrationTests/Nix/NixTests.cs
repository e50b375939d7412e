using System.Text.Json;
using System.Text.Json.Nodes;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Errors;
using MeshMcp.TestKit;
using Xunit;

namespace MeshMcp.IntegrationTests.Nix;

/// <summary>The NixOS module and its hosts, as far as evaluation goes: what it yields goes to a real host bridge, or stands beside the examples.</summary>
public sealed class NixTests
{
    const string State = "services.op-dbus.stateConfig";

    /// <summary>The one thing of the document that cannot be, replaced.</summary>
    const string RealAddress = "{ services.op-dbus.stateConfig.netmaker.api_endpoint = { _type = \"override\"; priority = 50; content = \"https://192.0.2.10:8081\"; }; }";

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("oo1424oo-document", "{ }", "oo1424oo")]
    [InlineData("vps-document", RealAddress, "vps")]
    public async Task The_documents_own_hosts_evaluate_to_the_documents_own_states(string host, string extra, string example)
    {
        var state = JsonNode.Parse((await NixHost.EvaluateAsync(host, "state", extra)).GetRawText())!.AsObject();
        var expected = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(NixHost.Folder(), $"../examples/{example}.document.json"), Ct))!.AsObject();
        foreach (var which in new[] { state, expected })
        {
            which.Remove("version");
            (which["netmaker"] as JsonObject)?.Remove("api_endpoint");
        }
        Assert.True(JsonNode.DeepEquals(expected, state), state.ToJsonString());
    }

    [Fact]
    public async Task The_documents_own_vps_is_refused_for_its_placeholder_in_words()
    {
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => NixHost.EvaluateAsync("vps-document", "state"));
        Assert.Contains($"`{State}.netmaker.api_endpoint'", error.Message, StringComparison.Ordinal);
        Assert.Contains("in place of a placeholder such as <vps-public-ip> write the address", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("services.op-dbus.mode", "{ services.op-dbus.mode = 7; }")]
    [InlineData("services.op-dbus.stateconfig", "{ services.op-dbus.stateconfig = { }; }")]
    [InlineData($"{State}.netmaker.liste_port", "{ services.op-dbus.stateConfig.netmaker.liste_port = 51821; }")]
    [InlineData($"{State}.wireguard.vpn_server.listen_port", "{ services.op-dbus.stateConfig.wireguard.vpn_server = { interface = \"wg0\"; ip_pool = \"10.8.0.0/24\"; listen_port = \"51820\"; }; }")]
    [InlineData($"{State}.wireguard.vpn_server.ip_pool", "{ services.op-dbus.stateConfig.wireguard.vpn_server = { interface = \"wg0\"; listen_port = 51820; }; }")]
    [InlineData($"{State}.lxc.containers", "{ services.op-dbus.stateConfig.lxc.containers = [ { id = \"200\"; veth = \"veth200b\"; } ]; }")]
    [InlineData($"{State}.lxc.containers.[3].properties.ipv4_address", "{ services.op-dbus.stateConfig.lxc.containers = [ { id = \"203\"; veth = \"veth203\"; properties.ipv4_address = \"10.1.0.203\"; } ]; }")]
    [InlineData($"{State}.uplink.publish", "{ services.op-dbus.stateConfig.uplink.publish = [ { port = 80; container = \"999\"; } ]; }")]
    [InlineData($"{State}.openflow.bridges.mesh.flows.[10]", "{ services.op-dbus.stateConfig.openflow.bridges.mesh.flows = [ \"priority=1,in_port=veth200\" ]; }")]
    [InlineData($"{State}.xray.server.exit_id", "{ services.op-dbus.stateConfig.xray.server.exit_id = { _type = \"override\"; priority = 50; content = \"0f8fad5b-d9cb-469f-a165-70867728950e\"; }; }")]
    [InlineData("services.op-dbus.settings.hostbridge.delegates.[0].scope", "{ services.op-dbus.settings.hostbridge = { node = \"vps\"; delegates = [ { uid = 1000; scope = \"root\"; } ]; }; }")]
    [InlineData($"{State}.packagekit.packages.no-such-program", "{ services.op-dbus.stateConfig.packagekit.packages.no-such-program.ensure = \"installed\"; }")]
    public async Task A_wrong_configuration_fails_at_evaluation_with_the_name_of_the_option(string option, string wrong)
    {
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => NixHost.EvaluateAsync("vps-simple", "system", wrong));
        Assert.Matches($"(`{System.Text.RegularExpressions.Regex.Escape(option)}')|({System.Text.RegularExpressions.Regex.Escape(option)}: )", error.Message);
    }

    [Fact]
    public async Task A_host_gets_what_its_state_needs_and_no_more_open_ports()
    {
        var vps = await NixHost.EvaluateAsync("vps-simple", "system");
        Assert.Equal("[8081]", Text(vps, "firewall", "allowedTCPPorts"));
        Assert.Equal("[51821]", Text(vps, "firewall", "allowedUDPPorts"));
        Assert.Equal("[9575]", Text(vps, "firewall", "interfaces", "nm-server", "allowedTCPPorts"));
        Assert.Equal("true", Text(vps, "virtualisation", "vswitch", "enable"));
        Assert.Equal("true", Text(vps, "virtualisation", "lxc", "enable"));
        Assert.Equal("true", Text(vps, "netclient"));
        Assert.Equal(["meshmcp-hostbridge", "meshmcp-relay", "meshmcp-state", "netmaker"], vps.GetProperty("services").EnumerateObject().Select(s => s.Name).Order());

        var tunnel = await NixHost.EvaluateAsync("oo1424oo-simple", "system");
        Assert.Equal("[51820,51821]", Text(tunnel, "firewall", "allowedUDPPorts"));
        Assert.Equal("[]", Text(tunnel, "firewall", "allowedTCPPorts"));
        Assert.Equal("{}", Text(tunnel, "wg-quick", "interfaces"));

        var document = await NixHost.EvaluateAsync("oo1424oo-document", "system");
        Assert.Equal("\"/etc/wireguard/warp0.conf\"", Text(document, "wg-quick", "interfaces", "warp0", "configFile"));
        Assert.Contains("meshmcp-mcp", Text(document, "services"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Units_are_those_of_the_package_with_the_programs_of_the_store()
    {
        var host = await NixHost.EvaluateAsync("oo1424oo-simple", "system", "{ services.op-dbus.operators = [ \"alice\" ]; }");
        var bridge = host.GetProperty("services").GetProperty("meshmcp-hostbridge").GetProperty("serviceConfig");
        Assert.Equal("/nix/store/stub-meshmcp/bin/meshmcp-hostbridge --declared /etc/meshmcp/state.json", bridge.GetProperty("ExecStart").GetString());
        Assert.Equal("process", bridge.GetProperty("KillMode").GetString());
        Assert.Equal("""["@system-service","~@privileged"]""", Text(host, "services", "meshmcp-relay", "serviceConfig", "SystemCallFilter"));
        Assert.Equal("meshmcp-relay", host.GetProperty("sockets").GetProperty("meshmcp-hostbridge").GetProperty("socketConfig").GetProperty("SocketGroup").GetString());
        Assert.Contains("""["alice"].indexOf(subject.user)""", host.GetProperty("security").GetProperty("polkit").GetProperty("extraConfig").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "[80,8081]")]
    [InlineData("listen = \"127.0.0.1:8080\";", "[8081]")]
    public async Task A_host_that_keeps_a_public_certificate_has_its_unit_its_folders_and_its_port(string more, string ports)
    {
        var host = await NixHost.EvaluateAsync("vps-simple", "system", $"{{ services.op-dbus.settings.acme = {{ names = [ \"mesh.example\" ]; termsAgreed = true; {more} }}; }}");
        Assert.Equal("\"meshmcp-acme\"", Text(host, "services", "meshmcp-acme", "serviceConfig", "User"));
        Assert.Equal("\"/etc/meshmcp/acme/acme.json\"", Text(host, "services", "meshmcp-acme", "unitConfig", "ConditionPathExists"));
        Assert.Contains("d /etc/meshmcp/acme/public 0750 meshmcp-acme meshmcp-acme -", Text(host, "tmpfiles"), StringComparison.Ordinal);
        Assert.Contains("\"meshmcp/acme/acme.json\"", Text(host, "etc"), StringComparison.Ordinal);
        Assert.Equal(ports, Text(host, "firewall", "allowedTCPPorts"));
    }

    [Fact]
    public async Task Where_Nix_has_the_state_no_other_document_is_taken_and_edits_are()
    {
        const string Other = """{"modes":{"xray":"observe"}}""";
        var state = await NixHost.EvaluateAsync("oo1424oo-simple", "state", "{ }");
        await using var node = await PrivateNode.StartAsync();
        var file = $"{node.Ovs.Folder}/state.json";
        await File.WriteAllTextAsync(file, $"{state}", Ct);
        var before = (await node.ApplyAsync(Other)).Generation!.Number;
        await node.KillAgentAsync();
        node.Arguments = ["--declared", file];
        await node.StartAgentAsync();

        var refused = (await Assert.ThrowsAsync<MeshException>(() => node.ApplyAsync("{}"))).Error;
        Assert.Equal(ErrorKind.NotSupported, refused.Kind);
        Assert.Contains(file, refused.Message, StringComparison.Ordinal);
        Assert.Contains("services.op-dbus.stateConfig", refused.Hint, StringComparison.Ordinal);
        var plan = await node.Client.PlanAsync(new() { Declared = JsonDocument.Parse("{}").RootElement }, Ct);
        Assert.Contains(plan.Findings, f => f.Message.StartsWith("It would be refused", StringComparison.Ordinal));

        var declared = (await node.ApplyAsync(new ChangeRequest { Declared = state })).Generation!;
        Assert.Equal(GenerationStatus.Confirmed, declared.Status);
        Assert.True((await node.ApplyAsync(new ChangeRequest { Edits = [new AddFlow("priority=7,udp,tp_dst=7,actions=drop")] })).Changed);
        Assert.Equal(ErrorKind.NotSupported, (await Assert.ThrowsAsync<MeshException>(() => BackAsync(node, before))).Error.Kind);
        await BackAsync(node, declared.Number);
        Assert.DoesNotContain(await node.FlowsAsync(), f => f.Contains("tp_dst=7", StringComparison.Ordinal));
    }

    static async Task BackAsync(PrivateNode node, int generation)
    {
        await foreach (var _ in node.Client.RollbackAsync(new() { To = generation }, Ct)) ;
    }

    [Theory]
    [InlineData("oo1424oo-document", "{ }")]
    [InlineData("vps-document", RealAddress)]
    [InlineData("oo1424oo-simple", "{ }")]
    [InlineData("vps-simple", "{ }")]
    public async Task A_real_host_bridge_takes_the_state_of_a_host_and_makes_its_flows(string host, string extra)
    {
        var state = await NixHost.EvaluateAsync(host, "state", extra);
        await using var node = await PrivateNode.StartAsync();

        var end = await node.ApplyAsync(new ChangeRequest { Declared = state });

        Assert.Null(end.Error);
        var flows = state.GetProperty("openflow").GetProperty("bridges").GetProperty("mesh").GetProperty("flows").GetArrayLength();
        Assert.Equal(flows, (await node.FlowsAsync()).Count(f => f.Contains("actions=", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Every_file_is_Nix()
    {
        string[] files = [.. Directory.EnumerateFiles(NixHost.Folder(), "*.nix", SearchOption.AllDirectories), Path.Combine(NixHost.Folder(), "../flake.nix")];
        await NixHost.RunAsync(["--parse", .. files]);
    }

    static string Text(JsonElement element, params string[] path) => path.Aggregate(element, (e, name) => e.GetProperty(name)).GetRawText();
}
