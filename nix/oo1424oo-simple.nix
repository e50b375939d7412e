# The privacy tunnel host, behind NAT. oo1424oo-document.nix is what the architecture document says; docs/nix.md tells where and why this differs.
{ config, pkgs, ... }:

{
  imports = [
    ./hardware-configuration.nix
    ./module.nix
  ];

  boot.loader.grub = {
    enable = true;
    device = "/dev/sda";
  };

  networking.hostName = "oo1424oo";

  services.op-dbus = {
    enable = true;
    mode = "agent"; # The servers are on the VPS.

    stateConfig = {
      netmaker = {
        mode = "client";
        network = "privacy-mesh";
        interface = "nm-privacy";
        bridge = "mesh";
        server = "https://vps.example:8081";
        enrollment_key = "secret:netmaker-key";
        egress = [ "10.0.0.0/24" ];
      };

      wireguard = {
        warp_tunnel = {
          interface = "warp0";
          enabled = true;
          profile = "secret:warp-profile";
        };
        vpn_server = {
          interface = "wg0";
          listen_port = 51820;
          ip_pool = "10.8.0.0/24";
          auto_provision = true;
          endpoint = "192.0.2.20:51820";
          exit = "warp0";
          dns = [ "1.1.1.1" ];
        };
      };

      openflow.bridges.mesh.flows = [
        "priority=200,arp,actions=normal"
        # Inside: containers, VPN clients, the mesh.
        "priority=120,ip,nw_dst=10.0.0.0/24,actions=normal"
        "priority=116,ip,nw_dst=10.8.0.0/24,actions=output:wg0"
        "priority=110,ip,nw_dst=10.1.0.0/24,actions=output:nm-privacy"
        "priority=110,ip,nw_dst=10.101.0.0/16,actions=output:nm-privacy"
        # Everything else leaves by WARP.
        "priority=105,ip,in_port=wg0,actions=output:warp0"
        "priority=100,ip,in_port=veth102,actions=output:warp0"
        "priority=90,ip,in_port=veth100,actions=output:warp0"
        "priority=0,actions=drop"
      ];

      # No container leaves by the host's own address.
      uplink.masquerade = [ ];

      xray.exit = {
        container = "102";
        program = "xray";
        port = 10086;
        id = "secret:xray-exit-id";
      };

      lxc.containers = [
        {
          id = "100";
          veth = "veth100";
          bridge = "mesh";
          running = true;
          properties = {
            name = "gateway";
            ipv4_address = "10.0.0.100/24";
            template = "debian-12";
            id_map = 6553600;
            dns = [ "1.1.1.1" ];
          };
        }
        {
          id = "102";
          veth = "veth102";
          bridge = "mesh";
          running = true;
          properties = {
            name = "xray-client";
            ipv4_address = "10.0.0.102/24";
            template = "debian-12";
            id_map = 6684672;
            dns = [ "1.1.1.1" ];
            mounts = [ { source = "${pkgs.xray}/bin/xray"; target = "/usr/bin/xray"; } ];
            services = [
              { name = "xray-exit"; protocol = "tcp"; port = 10086; command = [ "/usr/bin/xray" "run" "-c" "/etc/meshmcp/xray.json" ]; }
            ];
          };
        }
      ];

      packagekit.packages = {
        wireguard-tools.ensure = "installed";
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

  environment.systemPackages = with pkgs; [ vim git htop tmux curl wget ];

  system.stateVersion = "25.05";
}
