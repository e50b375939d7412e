using MeshMcp.Contracts.State;

namespace MeshMcp.UnitTests.Engine;

/// <summary>What becomes of a change.</summary>
enum Held { Not, Confirmed, Refused, Invalid }

/// <summary>Changes of the two example nodes, each with what must become of it.</summary>
static class GuardCases
{
    public static Dictionary<string, (Held Expected, NodeState Desired)> Attacks(GuardedNode n)
    {
        var onServer = n.Serves ? Held.Refused : Held.Confirmed;
        var cases = new Dictionary<string, (Held, NodeState)>
        {
            ["the uplink is another device"] = (onServer, n.WithUplink(u => u with { Interface = "eth1" })),
            ["the uplink is a device that is not there"] = (onServer, n.WithUplink(u => u with { Interface = "eth9" })),
            ["the bridge gets the gateway's address"] = (Held.Invalid, n.WithBridge(b => b with { Address = $"{n.Gateway}/24" })),
            ["the bridge gets another host's address"] = (Held.Invalid, n.WithBridge(b => b with { Address = n.Serves ? "203.0.113.77/24" : "192.168.1.77/24" })),
            ["the bridge gets the far node's address"] = (Held.Invalid, n.WithBridge(b => b with { Address = n.Serves ? "10.0.0.1/24" : "10.1.0.1/24" })),
            ["the bridge gets 0.0.0.1/8"] = (Held.Invalid, n.WithBridge(b => b with { Address = "0.0.0.1/8" })),
            ["the bridge gets a loopback address"] = (Held.Invalid, n.WithBridge(b => b with { Address = "127.0.0.1/24" })),
            ["the bridge gets a link-local address"] = (Held.Invalid, n.WithBridge(b => b with { Address = "169.254.1.1/24" })),
            ["the bridge gets a multicast address"] = (Held.Invalid, n.WithBridge(b => b with { Address = "224.0.0.1/24" })),
            ["the bridge gets its network's broadcast address"] = (Held.Invalid, n.WithBridge(b => b with { Address = $"{n.Network}.255/24" })),
            ["the bridge gets another address of its network"] = (Held.Confirmed, n.WithBridge(b => b with { Address = $"{n.Network}.2/24" })),
            ["the uplink becomes a port"] = (Held.Refused, n.WithBridge(b => b with { Ports = [.. b.Ports, new() { Name = "eth0", Ofport = 500 }] })),
            ["the mesh's tunnel becomes a port"] = (Held.Refused, n.WithBridge(b => b with { Ports = [.. b.Ports, new() { Name = n.Mesh, Ofport = 501 }] })),
            ["another device with an address becomes a port"] = (Held.Confirmed, n.WithBridge(b => b with { Ports = [.. b.Ports, new() { Name = "eth1", Ofport = 502 }] })),
            ["a drop of all that comes by the mesh"] = (onServer, n.With($"priority=65535,in_port={n.Mesh},actions=drop")),
            ["a drop of the service's port"] = (onServer, n.With($"priority=65535,tcp,tp_dst={(n.Serves ? 9573 : 9575)},actions=drop")),
            ["a drop of the service's port from the mesh"] = (onServer, n.With($"priority=65535,tcp,in_port={n.Mesh},tp_dst={(n.Serves ? 9573 : 9575)},actions=drop")),
            ["a drop of everything"] = (onServer, n.With("priority=65535,actions=drop")),
            ["a drop of all TCP"] = (onServer, n.With("priority=60000,tcp,actions=drop")),
            ["all flows are taken away"] = (onServer, n.WithFlows(_ => [])),
            ["the bridge's packets go elsewhere"] = (onServer, n.With("priority=300,in_port=LOCAL,actions=output:spare300")),
            ["an unprintable condition on the node's own packets"] = (Held.Confirmed, n.With("priority=300,tcp,in_port=LOCAL,ct_state=+new+trk,actions=drop")),
            ["a later table that drops"] = (Held.Confirmed, n.With("priority=300,tcp,in_port=LOCAL,actions=goto_table:5", "table=5,priority=1,actions=drop")),
            ["dbus is stopped"] = (Held.Refused, n.WithUnit("dbus.service", "inactive")),
            ["dbus is masked"] = (Held.Refused, n.WithUnit("dbus.socket", "inactive", masked: true)),
            ["the root slice is stopped"] = (Held.Refused, n.WithUnit("-.slice", "inactive")),
            ["the machine is switched off"] = (Held.Refused, n.WithUnit("poweroff.target", "active")),
            ["the machine is put to sleep"] = (Held.Refused, n.WithUnit("systemd-suspend.service", "active")),
            ["rescue mode"] = (Held.Refused, n.WithUnit("rescue.target", "active")),
            ["the uplink is taken down"] = (Held.Refused, n.WithUnit("ifup@eth0.service", "inactive")),
            ["another device is taken down"] = (Held.Confirmed, n.WithUnit("ifup@ens9.service", "inactive")),
            ["the uplink's device unit is stopped"] = (Held.Refused, n.WithUnit("sys-subsystem-net-devices-eth0.device", "inactive")),
            ["a device unit is stopped"] = (Held.Confirmed, n.WithUnit("dev-sda1.device", "inactive")),
            ["SSH is stopped"] = (Held.Refused, n.WithUnit("ssh.service", "inactive")),
            ["networking is stopped"] = (Held.Refused, n.WithUnit("networking.service", "inactive")),
            ["systemd-networkd is stopped"] = (Held.Confirmed, n.WithUnit("systemd-networkd.service", "inactive")),
            ["a firewall is started"] = (Held.Confirmed, n.WithUnit("ufw.service", "active")),
            ["the switch is stopped"] = (Held.Refused, n.WithUnit("ovs-vswitchd.service", "inactive")),
            ["netclient is stopped"] = (Held.Refused, n.WithUnit("netclient.service", "inactive")),
            ["the relay is stopped"] = (Held.Refused, n.WithUnit("meshmcp-relay.service", "inactive")),
            ["openssh-server is removed"] = (Held.Refused, n.WithPackage("openssh-server", Ensure.Removed)),
            ["openvswitch-switch is removed"] = (Held.Refused, n.WithPackage("openvswitch-switch", Ensure.Removed)),
            ["dbus is removed"] = (Held.Refused, n.WithPackage("dbus", Ensure.Removed)),
            ["iproute2 is removed"] = (Held.Refused, n.WithPackage("iproute2", Ensure.Removed)),
            ["netclient is removed"] = (Held.Refused, n.WithPackage("netclient", Ensure.Removed)),
            ["the agent is removed"] = (Held.Refused, n.WithPackage("meshmcp", Ensure.Removed)),
            ["a library is removed"] = (Held.Confirmed, n.WithPackage("libssl3", Ensure.Removed)),
            ["the switch is replaced"] = (Held.Confirmed, n.WithPackage("openvswitch-switch", Ensure.Latest)),
            ["the clients get the uplink's network"] = (Held.Invalid, n.WithVpn(v => v with { Interface = "wg1", ListenPort = 51999, IpPool = n.Serves ? "203.0.113.0/24" : "192.168.1.0/24" })),
            ["the clients get the far node's network"] = (Held.Invalid, n.WithVpn(v => v with { Interface = "wg1", ListenPort = 51999, IpPool = n.Serves ? "10.0.0.0/24" : "10.1.0.0/24" })),
            ["the clients get the mesh's network"] = (Held.Invalid, n.WithVpn(v => v with { IpPool = "10.101.4.0/24", Clients = [] })),
            ["the mesh is left"] = (Held.Confirmed, n.State with { Netmaker = n.State.Netmaker! with { Enabled = false } }),
            ["the mesh's port is published"] = (Held.Refused, n.WithUplink(u => u with { Publish = [.. u.Publish, new() { Protocol = "udp", Port = 51821, Container = n.Serves ? "202" : "100" }] })),
            ["the relay's port is published"] = (Held.Invalid, n.WithUplink(u => u with { Publish = [.. u.Publish, new() { Port = 9575, Container = n.Serves ? "202" : "100" }] })),
            ["SSH's port is published"] = (Held.Invalid, n.WithUplink(u => u with { Publish = [.. u.Publish, new() { Port = 22, Container = n.Serves ? "202" : "100" }] })),
        };
        if (!n.Serves) return cases;
        cases["the serving container is deleted"] = (Held.Refused, n.WithContainers(all => all.Where(c => c.Id != "200")));
        cases["the container that serves only 9574 is deleted"] = (Held.Refused, n.WithContainers(all => all.Where(c => c.Id != "201")));
        cases["the serving container is stopped"] = (Held.Refused, n.WithContainers(all => all.Select(c => c.Id == "200" ? c with { Running = false } : c)));
        cases["the serving container is restarted"] = (Held.Confirmed, n.WithContainers(all => all.Select(c => c.Id == "200" ? c with { Properties = c.Properties with { Dns = ["9.9.9.9"] } } : c)));
        cases["the serving port is closed"] = (Held.Confirmed, n.WithUplink(u => u with { Publish = [.. u.Publish.Where(p => p.Port != 9573)] }));
        cases["the serving port is for some only"] = (Held.Confirmed, n.WithUplink(u => u with { Publish = [.. u.Publish.Select(p => p.Port == 9573 ? p with { Sources = ["198.51.100.0/24"] } : p)] }));
        cases["a drop of the server's answers"] = (Held.Refused, n.With("priority=300,in_port=veth200,actions=drop"));
        cases["a drop of its hardware address"] = (Held.Refused, n.With("priority=300,arp,actions=drop"));
        cases["a drop of the relay's port"] = (Held.Refused, n.With("priority=300,tcp,tp_dst=9575,actions=drop"));
        cases["callers are sent to another container"] = (Held.Refused, n.With("priority=300,tcp,tp_dst=9573,actions=output:veth202"));
        cases["a drop of a part of the world"] = (Held.Confirmed, n.With("priority=300,ip,nw_src=198.0.0.0/8,actions=drop"));
        cases["lxc is removed"] = (Held.Refused, n.WithPackage("lxc", Ensure.Removed));
        return cases;
    }

    public static Dictionary<string, (Held Expected, NodeState Desired)> Nuisances(GuardedNode n)
    {
        var (one, other) = n.Serves ? ("veth202", "202") : ("veth100", "100");
        var cases = new Dictionary<string, NodeState>
        {
            ["a container is deleted"] = n.WithContainers(all => all.Where(c => c.Id != other)),
            ["a container is stopped"] = n.WithContainers(all => all.Select(c => c.Id == other ? c with { Running = false } : c)),
            ["a container is restarted"] = n.WithContainers(all => all.Select(c => c.Id == other ? c with { Properties = c.Properties with { Dns = ["9.9.9.9"] } } : c)),
            ["a container is made"] = n.WithContainers(all => [.. all, new() { Id = "250", Veth = "veth250", Properties = new() { Ipv4Address = $"{n.Network}.250/24", Template = "busybox" } }]),
            ["an unused port is taken away"] = n.WithBridge(b => b with { Ports = [] }),
            ["an internal port is added"] = n.WithBridge(b => b with { Ports = [.. b.Ports, new() { Name = "spare301", Type = PortType.Internal }] }),
            ["the VPN server is taken away"] = n.WithVpn(_ => null),
            ["a VPN client is taken away"] = n.WithVpn(v => v with { Clients = [] }),
            ["the VPN server moves to another port"] = n.WithVpn(v => v with { ListenPort = 51999 }),
            ["the clients get another network"] = n.WithVpn(v => v with { IpPool = "10.77.0.0/24", Clients = [] }),
            ["a flow in a table that nobody jumps to"] = n.With("table=7,priority=65535,actions=drop"),
            ["a drop of one remote address"] = n.With("priority=65535,ip,nw_src=198.51.100.7,actions=drop"),
            ["a drop towards one remote address"] = n.With("priority=65535,ip,nw_dst=198.51.100.7,actions=drop"),
            ["a drop of another service's port"] = n.With("priority=65535,tcp,tp_dst=40000,actions=drop"),
            ["a drop of SMTP"] = n.With("priority=65535,tcp,tp_dst=25,actions=drop"),
            ["a drop of UDP"] = n.With("priority=65535,udp,actions=drop"),
            ["a drop of IPv6"] = n.With("priority=65535,ipv6,actions=drop"),
            ["a drop of ping"] = n.With("priority=65535,icmp,actions=drop"),
            ["a drop of another container's packets"] = n.With($"priority=65535,in_port={one},actions=drop"),
            ["a drop towards another container"] = n.With($"priority=65535,ip,nw_dst={n.Network}.{other},actions=drop"),
            ["a tagged frame is dropped"] = n.With("priority=65535,dl_vlan=7,actions=drop"),
            ["a web server is stopped"] = n.WithUnit("nginx.service", "inactive"),
            ["a timer is stopped"] = n.WithUnit("apt-daily.timer", "inactive"),
            ["the VPN's unit is stopped"] = n.WithUnit("wg-quick@wg0.service", "inactive"),
            ["a unit is started"] = n.WithUnit("cron.service", "active"),
            ["a mount of data is taken away"] = n.WithUnit("srv-backup.mount", "inactive"),
            ["a package is removed"] = n.WithPackage("nginx", Ensure.Removed),
            ["a package is installed"] = n.WithPackage("tcpdump", Ensure.Installed),
            ["a package is replaced"] = n.WithPackage("curl", Ensure.Latest),
            ["another port is published"] = n.WithUplink(u => u with { Publish = [.. u.Publish, new() { Port = 8080, Container = other }] }),
            ["nobody may use the uplink"] = n.WithUplink(u => u with { Masquerade = n.Serves ? [] : ["100"] }),
        };
        return cases.ToDictionary(c => c.Key, c => (Held.Not, c.Value));
    }
}
