# The public management host. vps-document.nix is what the architecture document says; docs/nix.md tells where and why this differs.
{ config, pkgs, ... }:

let
  # Our own server in a container: what it is linked against lies in the store.
  store = { source = "/nix/store"; target = "/nix/store"; };
in
{
  imports = [
    ./hardware-configuration.nix
    ./module.nix
  ];

  boot.loader.grub = {
    enable = true;
    device = "/dev/vda"; # DigitalOcean virtual disk
  };

  networking.hostName = "vps-gateway";

  services.op-dbus = {
    enable = true;
    mode = "agent"; # MCP server and API run in containers 200 and 201.

    stateConfig = {
      netmaker = {
        mode = "server";
        network = "privacy-mesh";
        interface = "nm-server";
        bridge = "mesh";
        listen_port = 51821;
        api_endpoint = "https://vps.example:8081";
        master_key = "secret:netmaker-master-key";
        egress = [ "10.1.0.0/24" ];
      };

      openflow.bridges.mesh.flows = [
        "priority=200,arp,actions=normal"
        # Published ports and their answers.
        "priority=150,tcp,in_port=LOCAL,nw_dst=10.1.0.200,tp_dst=9573,actions=output:veth200"
        "priority=150,tcp,in_port=veth200,nw_src=10.1.0.200,tp_src=9573,actions=LOCAL"
        "priority=150,tcp,in_port=LOCAL,nw_dst=10.1.0.201,tp_dst=9574,actions=output:veth201"
        "priority=150,tcp,in_port=veth201,nw_src=10.1.0.201,tp_src=9574,actions=LOCAL"
        # Inside, then the other node, then the internet.
        "priority=120,ip,nw_dst=10.1.0.0/24,actions=normal"
        "priority=115,ip,nw_dst=10.0.0.0/24,actions=output:nm-server"
        "priority=115,ip,nw_dst=10.101.0.0/16,actions=output:nm-server"
        "priority=110,ip,nw_src=10.1.0.0/24,actions=LOCAL"
        "priority=0,actions=drop"
      ];

      uplink.publish = [
        { protocol = "tcp"; port = 443; container = "202"; }
        { protocol = "tcp"; port = 8443; container = "202"; }
        { protocol = "tcp"; port = 9573; container = "200"; }
        { protocol = "tcp"; port = 9574; container = "201"; }
      ];

      xray.server = {
        container = "202";
        program = "xray";
        host = "vps.example";
        exit = "10.0.0.102:10086";
        exit_id = "secret:xray-exit-id";
        vless = { port = 443; security = "tls"; server_name = "vps.example"; certificate = "secret:xray-certificate"; key = "secret:xray-key"; };
        vmess = { port = 8443; security = "tls"; server_name = "vps.example"; certificate = "secret:xray-certificate"; key = "secret:xray-key"; };
        users = [ ];
      };

      lxc.containers = [
        {
          id = "200";
          veth = "veth200";
          bridge = "mesh";
          running = true;
          properties = {
            name = "mcp-server";
            ipv4_address = "10.1.0.200/24";
            template = "debian-12";
            id_map = 13107200;
            mounts = [ store ];
            services = [ { name = "mcp"; protocol = "tcp"; port = 9573; } ];
          };
        }
        {
          id = "201";
          veth = "veth201";
          bridge = "mesh";
          running = true;
          properties = {
            name = "op-dbus-api";
            ipv4_address = "10.1.0.201/24";
            template = "debian-12";
            id_map = 13172736;
            mounts = [ store ];
            services = [ { name = "api"; protocol = "tcp"; port = 9574; } ];
          };
        }
        {
          id = "202";
          veth = "veth202";
          bridge = "mesh";
          running = true;
          properties = {
            name = "xray-server";
            ipv4_address = "10.1.0.202/24";
            template = "debian-12";
            id_map = 13238272;
            dns = [ "1.1.1.1" ];
            mounts = [ { source = "${pkgs.xray}/bin/xray"; target = "/usr/bin/xray"; } ];
            services = [
              { name = "xray-vless"; protocol = "tcp"; port = 443; command = [ "/usr/bin/xray" "run" "-c" "/etc/meshmcp/xray.json" ]; }
              { name = "xray-vmess"; protocol = "tcp"; port = 8443; }
            ];
          };
        }
      ];

      packagekit.packages = {
        wireguard-tools.ensure = "installed";
        netmaker.ensure = "installed";
      };
    };
  };

  services.openssh = {
    enable = true;
    settings = {
      PermitRootLogin = "prohibit-password";
      PasswordAuthentication = false;
    };
  };

  environment.systemPackages = with pkgs; [ vim git htop curl wget ];

  system.stateVersion = "25.05";
}
