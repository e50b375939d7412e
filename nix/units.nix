# The units of the Debian package, with the programs of this system.
{ config, lib, pkgs, ... }:
let
  inherit (lib) mkIf;
  cfg = config.services.op-dbus;
  unitFile = import ./unit-file.nix;
  served = cfg.mode != "agent";
  names = [ "hostbridge" "relay" ] ++ lib.optionals served [ "mcp" "api" ] ++ lib.optional (served || cfg.settings.acme != null) "acme";

  words = text: builtins.filter (w: builtins.isString w && w != "") (builtins.split " +" text);

  unit = name:
    let file = unitFile (../packaging/systemd + "/meshmcp-${name}.service"); in
    {
      description = file.Unit.Description;
      after = words (file.Unit.After or "");
      requires = words (file.Unit.Requires or "");
      wants = words (file.Unit.Wants or "");
      unitConfig = removeAttrs file.Unit [ "Description" "After" "Requires" "Wants" ];
      serviceConfig = file.Service // { ExecStart = "${cfg.package}/bin/${program.${name}}"; };
      wantedBy = [ file.Install.WantedBy ];
    };
  program = {
    # The state is this configuration's: no other document is taken.
    hostbridge = "meshmcp-hostbridge --declared /etc/meshmcp/state.json";
    relay = "meshmcp-server relay";
    mcp = "meshmcp-server mcp";
    api = "meshmcp-server api";
    acme = "meshmcp-server acme";
  };
  socket = unitFile ../packaging/systemd/meshmcp-hostbridge.socket;
  tools = with pkgs; [ openvswitch iproute2 nftables conntrack-tools ethtool kmod util-linux lxc gnutar gzip xz e2fsprogs wireguard-tools wireguard-go ];
in
{
  config = mkIf cfg.enable {
    systemd.sockets.meshmcp-hostbridge = {
      description = socket.Unit.Description;
      socketConfig = socket.Socket;
      wantedBy = [ socket.Install.WantedBy ];
    };
    systemd.services = builtins.listToAttrs (map (name: { name = "meshmcp-${name}"; value = unit name // lib.optionalAttrs (name == "hostbridge") { path = tools; }; }) names) // {
      # Makes the declared state so; what touches the way in then waits for meshctl confirm, and is undone without it.
      meshmcp-state = {
        description = "MeshMcp declared state";
        wantedBy = [ "multi-user.target" ];
        requires = [ "meshmcp-hostbridge.service" ];
        after = [ "meshmcp-hostbridge.service" "ovs-vswitchd.service" ];
        restartTriggers = [ cfg.stateJson ];
        serviceConfig = {
          Type = "oneshot";
          RemainAfterExit = true;
          ExecStart = "${cfg.package}/bin/meshctl apply /etc/meshmcp/state.json --why nixos";
        };
      };
    };
    systemd.tmpfiles.rules = builtins.filter (l: builtins.isString l && builtins.match "d .*" l != null) (builtins.split "\n" (builtins.readFile ../packaging/systemd/tmpfiles.conf))
      ++ [ "L+ /usr/lib/meshmcp - - - - ${cfg.package}/share/meshmcp" ];
    users.users.meshmcp-relay = { isSystemUser = true; uid = 9575; group = "meshmcp-relay"; description = "MeshMcp relay"; };
    users.users.meshmcp-acme = { isSystemUser = true; uid = 9576; group = "meshmcp-acme"; description = "MeshMcp ACME client"; };
    users.groups = { meshmcp-relay = { gid = 9575; }; meshmcp-acme = { gid = 9576; }; meshmcp = { }; };
    environment.systemPackages = [ cfg.package ];
    # The agent itself is root and asks polkit nothing.
    security.polkit.extraConfig = mkIf (cfg.operators != [ ]) ''
      polkit.addRule(function (action, subject) {
        if (action.id == "org.freedesktop.systemd1.manage-units" && ${builtins.toJSON cfg.operators}.indexOf(subject.user) >= 0
            && /^meshmcp-(hostbridge|relay|mcp|api|acme|state)\.service$/.test(action.lookup("unit"))
            && ["start", "stop", "restart"].indexOf(action.lookup("verb")) >= 0) {
          return polkit.Result.YES;
        }
      });
    '';
  };
}
