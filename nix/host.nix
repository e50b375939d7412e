# What the state needs of the host besides the agent: daemons, packages, and no open port more than that.
{ config, lib, pkgs, ... }:
let
  inherit (lib) mkDefault mkIf mkMerge;
  cfg = config.services.op-dbus;
  state = cfg.stateConfig;
  or' = value: otherwise: if value == null then otherwise else value;
  of = path: otherwise: builtins.foldl' (at: name: if at == null then null else at.${name} or null) state path;

  containers = or' (of [ "lxc" "containers" ] null) [ ];
  netmaker = state.netmaker;
  serves = netmaker != null && netmaker.mode == "server";
  vpn = of [ "wireguard" "vpn_server" ] null;
  units = or' (of [ "systemd" "units" ] null) { };
  packages = or' (of [ "packagekit" "packages" ] null) { };
  wanted = builtins.filter (name: packages.${name}.ensure != "removed") (builtins.attrNames packages);
  portOf = url: let found = builtins.match "https?://[^/:]+:([0-9]+).*" url; in if found == null then 443 else builtins.fromJSON (builtins.head found);
  bridge = or' (of [ "bridge" "name" ] null) "mesh";
  relay = [ 9575 ];

  # The port of a server on the host that listens beyond loopback.
  listening = name: otherwise:
    let found = builtins.match "(.*):([0-9]+)" (if cfg.settings.${name} == null then "" else or' cfg.settings.${name}.listen otherwise); in
    if found == null || builtins.match "(127\\..*|\\[::1])" (builtins.head found) != null then [ ] else [ (builtins.fromJSON (builtins.elemAt found 1)) ];

  # A tunnel whose unit the state names is brought up by that unit, of /etc/wireguard/TUNNEL.conf; all others by the host bridge.
  tunnels = builtins.concatMap (name: let found = builtins.match "wg-quick@(.+)\\.service" name; in if found == null then [ ] else found) (builtins.attrNames units);
in
{
  config = mkIf cfg.enable (mkMerge [
    {
      virtualisation.vswitch.enable = true;
      virtualisation.lxc.enable = mkIf (containers != [ ]) true;
      boot.kernelModules = [ "openvswitch" "wireguard" ];
      environment.systemPackages = map (name: pkgs.${name} or (throw "services.op-dbus.stateConfig.packagekit.packages.${name}: nixpkgs has no package of this name.")) wanted;
      networking.wg-quick.interfaces = lib.genAttrs tunnels (name: { configFile = mkDefault "/etc/wireguard/${name}.conf"; autostart = mkDefault (units."wg-quick@${name}.service".enabled != false); });
      networking.firewall = {
        # Answers of tunnels come back by policy routes that the strict check does not know.
        checkReversePath = mkDefault "loose";
        # The relay, for the containers' servers and for the mesh.
        interfaces = { ${bridge}.allowedTCPPorts = relay; } // lib.optionalAttrs (netmaker != null) { ${netmaker.interface}.allowedTCPPorts = relay; };
        # Published ports are not among these: they are translated before the host's own firewall looks.
        allowedUDPPorts = lib.optional (vpn != null) vpn.listen_port ++ lib.optional (netmaker != null) (or' netmaker.listen_port 51821);
        allowedTCPPorts = builtins.concatMap (name: listening name "") (lib.optionals (cfg.mode != "agent") [ "server" "api" ]) ++ listening "acme" "0.0.0.0:80" ++ lib.optional (serves && netmaker.api_endpoint != null) (portOf netmaker.api_endpoint);
      };
    }
    (mkIf (netmaker != null) { services.netclient.enable = true; })
    (mkIf serves {
      # nixpkgs has the program and no module for it. The host bridge writes the environment; a broker (mosquitto) and a TLS front are the operator's.
      systemd.services.netmaker = {
        description = "Netmaker server";
        wantedBy = [ "multi-user.target" ];
        after = [ "network-online.target" "mosquitto.service" ];
        wants = [ "network-online.target" ];
        unitConfig.ConditionPathExists = "/etc/netmaker/netmaker.env";
        serviceConfig = {
          ExecStart = "${pkgs.netmaker}/bin/netmaker";
          EnvironmentFile = "/etc/netmaker/netmaker.env";
          DynamicUser = true;
          StateDirectory = "netmaker";
          WorkingDirectory = "/var/lib/netmaker";
          Restart = "on-failure";
          RestartSec = 5;
          NoNewPrivileges = true;
          ProtectSystem = "strict";
          ProtectHome = true;
          PrivateDevices = true;
        };
      };
    })
  ]);
}
