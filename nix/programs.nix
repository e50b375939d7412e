# The configuration of the programs, in /etc/meshmcp. What is left out here is written by `meshctl node join`, or by hand.
{ config, lib, ... }:
let
  inherit (lib) mkOption mkIf mkMerge types;
  cfg = config.services.op-dbus;
  sub = options: types.submodule { inherit options; };
  need = type: mkOption { inherit type; };
  may = type: mkOption { type = types.nullOr type; default = null; };
  file = types.strMatching "/.+" // { description = "absolute path, outside of the store where it is a key"; };
  pair = { certificate = need file; key = need file; };
  scope = types.enum [ "read" "operate" "admin" ];

  server = sub {
    listen = may types.str;
    tls = may (sub pair);
    publicTls = may (sub pair);
    tokens = may file;
    allowedHosts = may (types.listOf types.str);
    allowedOrigins = may (types.listOf types.str);
    behindProxy = may types.bool;
    identity = may (sub (pair // { ca = need file; }));
    nodes = may (types.attrsOf (sub { address = need types.str; }));
    enroll = may types.str;
    approvals = may (types.enum [ "digest" "ask" "deny" ]);
    toolsets = may (types.listOf types.str);
    dashboard = may types.str;
  };

  programs = {
    hostbridge = sub {
      node = need types.str;
      relayUid = mkOption { type = types.int; default = 9575; };
      delegates = may (types.listOf (sub { uid = may types.int; certificate = may types.str; scope = need scope; systems = may (types.listOf types.str); }));
      history = may (sub { generations = may types.int; days = may types.int; });
      authority = may (sub (pair // { url = may types.str; renews = may (types.listOf file); }));
      identity = may (sub (pair // { ca = need file; renewFrom = may types.str; }));
    };
    relay = sub (pair // { listen = need (types.listOf types.str); ca = need file; });
    inherit server;
    api = server;
    acme = sub {
      names = need (types.listOf types.str);
      termsAgreed = need types.bool;
      contact = may types.str;
      directory = may types.str;
      profile = may types.str;
      trust = may file;
      listen = may types.str;
    };
  };
  # In a folder of its own, beside what the role keeps.
  fileOf = name: if name == "acme" then "meshmcp/acme/acme.json" else "meshmcp/${name}.json";

  withoutNulls = v:
    if builtins.isAttrs v then builtins.mapAttrs (_: withoutNulls) (lib.filterAttrs (_: x: x != null) v)
    else if builtins.isList v then map withoutNulls v
    else v;
in
{
  options.services.op-dbus.settings = builtins.mapAttrs (name: type: mkOption {
    type = types.nullOr type;
    default = null;
    description = "`/etc/${fileOf name}`, as ARCHITECTURE.md describes it.";
  }) programs;

  config = mkIf cfg.enable {
    environment.etc = mkMerge (map (name: mkIf (cfg.settings.${name} != null) {
      ${fileOf name}.text = builtins.toJSON (withoutNulls cfg.settings.${name});
    }) (builtins.attrNames programs));
  };
}
