# nix-instantiate --eval --strict --json eval.nix --argstr host oo1424oo-simple -A state|system [--arg extra MODULE]
# Forces every option, so that a fault in one that nothing reads is found too.
{ host, extra ? { } }:
let
  lib = import ./minilib.nix;
  pkgs = lib.genAttrs [
    "vim" "git" "htop" "tmux" "curl" "wget" "lxc" "netclient" "netmaker" "xray" "meshmcp" "openvswitch" "iproute2" "nftables" "conntrack-tools" "ethtool" "kmod"
    "util-linux" "gnutar" "gzip" "xz" "e2fsprogs" "wireguard-tools" "wireguard-go"
  ] (name: "/nix/store/stub-${name}");
  config = (lib.evalModules {
    specialArgs = { inherit pkgs; };
    modules = [ ./nixos.nix (../. + "/${host}.nix") extra ];
  }).config;
  failed = map (a: a.message) (builtins.filter (a: !a.assertion) config.assertions);
  checked = if failed != [ ] then throw (builtins.concatStringsSep "\n" failed) else builtins.seq (builtins.deepSeq config true) config;
in
{
  state = builtins.fromJSON checked.environment.etc."meshmcp/state.json".text;
  system = {
    inherit (checked.networking) firewall wg-quick;
    inherit (checked.systemd) services sockets;
    inherit (checked) security virtualisation;
    netclient = checked.services.netclient.enable;
    packages = checked.environment.systemPackages;
    tmpfiles = checked.systemd.tmpfiles.rules;
    etc = builtins.attrNames checked.environment.etc;
  };
}
