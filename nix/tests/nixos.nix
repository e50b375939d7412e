# The NixOS options that the modules and the hosts here touch, with the types they have there, and nothing else: a misspelt option is an error, as on NixOS.
{ lib, ... }:
let
  t = lib.types;
  o = type: lib.mkOption { inherit type; };
  d = type: default: lib.mkOption { inherit type default; };
  free = d (t.attrsOf t.anything) { };
  ports = lib.mkOption { type = t.listOf t.port; default = [ ]; apply = p: lib.unique (builtins.sort builtins.lessThan p); };
in
{
  options = {
    assertions = d (t.listOf t.unspecified) [ ];
    boot.loader.grub = { enable = d t.bool false; device = d t.str ""; };
    boot.kernelModules = d (t.listOf t.str) [ ];
    networking.hostName = o t.str;
    networking.firewall = {
      enable = d t.bool true;
      checkReversePath = d (t.either t.bool (t.enum [ "strict" "loose" ])) true;
      allowedTCPPorts = ports;
      allowedUDPPorts = ports;
      interfaces = d (t.attrsOf (t.submodule { options = { allowedTCPPorts = ports; allowedUDPPorts = ports; }; })) { };
      trustedInterfaces = d (t.listOf t.str) [ ];
    };
    networking.wg-quick.interfaces = d (t.attrsOf (t.submodule { options = { configFile = d (t.nullOr t.str) null; autostart = d t.bool true; }; })) { };
    virtualisation.lxc = { enable = d t.bool false; lxcfs.enable = d t.bool false; };
    virtualisation.vswitch.enable = d t.bool false;
    services.openssh = { enable = d t.bool false; settings = free; };
    services.netclient.enable = d t.bool false;
    security.polkit.extraConfig = d t.lines "";
    environment.systemPackages = d (t.listOf t.unspecified) [ ];
    environment.etc = d (t.attrsOf (t.submodule { options.text = d (t.nullOr t.lines) null; })) { };
    users.users = free;
    users.groups = free;
    systemd.services = free;
    systemd.sockets = free;
    systemd.tmpfiles.rules = d (t.listOf t.str) [ ];
    system.stateVersion = o t.str;
  };
}
