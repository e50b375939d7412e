# services.op-dbus: a node of the mesh on NixOS. The state is typed (state-type.nix); units, users and folders are those of the Debian package (packaging/systemd).
{ config, lib, pkgs, ... }:
let
  inherit (lib) mkOption mkEnableOption mkIf types;
  cfg = config.services.op-dbus;

  withoutNulls = v:
    if builtins.isAttrs v then builtins.mapAttrs (_: withoutNulls) (lib.filterAttrs (_: x: x != null) v)
    else if builtins.isList v then map withoutNulls v
    else v;
  state = withoutNulls cfg.stateConfig;

  containers = state.lxc.containers or [ ];
  ids = map (c: c.id) containers;
  netmaker = state.netmaker or null;
  netmakerServes = (netmaker.mode or "") == "server";
  published = state.uplink.publish or [ ];
  strangers = builtins.filter (p: !(builtins.elem p.container ids)) published;
  option = path: "services.op-dbus.stateConfig.${path}";
in
{
  imports = [ ./programs.nix ./units.nix ./host.nix ];

  options.services.op-dbus = {
    enable = mkEnableOption "the host bridge of MeshMcp, which makes this machine a node of the mesh";
    mode = mkOption {
      type = types.enum [ "full" "standalone" "agent" ];
      default = "agent";
      description = "agent: host bridge and relay. full, standalone: the MCP server and the API as well, on the host, once their configuration is there.";
    };
    package = mkOption {
      type = types.package;
      default = pkgs.meshmcp or (pkgs.callPackage ./package.nix { });
      description = "Where the programs are from.";
    };
    stateConfig = mkOption {
      type = import ./state-type.nix { inherit lib; };
      default = { };
      description = "The node's declared state, section by section; a section that is left out is not looked after.";
    };
    operators = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Users who may start, stop and restart the units of MeshMcp.";
    };
    stateJson = mkOption {
      type = types.str;
      internal = true;
      description = "The state as the host bridge reads it.";
    };
  };

  config = mkIf cfg.enable {
    services.op-dbus.stateJson = builtins.toJSON (state // { version = 1; });
    environment.etc."meshmcp/state.json".text = cfg.stateJson;
    assertions = [
      {
        assertion = lib.unique ids == ids;
        message = "${option "lxc.containers"}: two containers have the same id.";
      }
      {
        assertion = netmaker == null || netmakerServes || netmaker ? server;
        message = "${option "netmaker.server"}: a client of Netmaker needs its server's address.";
      }
      {
        assertion = strangers == [ ];
        message = "${option "uplink.publish"}: there is no container ${(builtins.head (strangers ++ [ { container = ""; } ])).container} in ${option "lxc.containers"}.";
      }
    ];
  };
}
