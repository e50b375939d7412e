# The option type of a node's state, made from the JSON Schema that `meshctl schema` prints: Nix knows exactly the fields that the host bridge knows.
{ lib }:
let
  inherit (lib) mkOption types;
  schema = builtins.fromJSON (builtins.readFile ../docs/state.schema.json);

  matching = pattern: description: types.strMatching pattern // { inherit description; };
  url = matching "https?://[^<> ]+" "URL of a real host (in place of a placeholder such as <vps-public-ip> write the address)";
  network = matching "([0-9]{1,3}\\.){3}[0-9]{1,3}/[0-9]{1,2}" "IPv4 address with a prefix length, such as 10.0.0.100/24";
  device = matching "[A-Za-z0-9_.-]{1,15}" "network device's name of at most 15 characters";
  number = matching "[1-9][0-9]{0,4}" "container's id, a number from 1 to 59999 as a string";
  flow = matching "[^\n]*actions=[^\n]+" "flow, such as priority=100,tcp,tp_dst=9573,actions=output:veth200";
  size = types.either types.ints.positive (matching "[0-9]{1,15}[KMGT]?(i?B)?" "number of bytes, or a size with a unit, such as 128M");
  # What is here is world-readable in the store.
  secret = matching "secret:[a-zA-Z0-9._-]+" "name of a secret as secret:NAME (the secret itself goes to the node by meshctl secret set NAME --kind KIND)";

  # Narrower than JSON Schema says it.
  narrow = {
    "netmaker.interface" = device;
    "netmaker.bridge" = device;
    "netmaker.server" = url;
    "netmaker.api_endpoint" = url;
    "netmaker.listen_port" = types.port;
    "netmaker.enrollment_key" = secret;
    "netmaker.master_key" = secret;
    "netmaker.address_range" = network;
    "wireguard.warp_tunnel.interface" = device;
    "wireguard.warp_tunnel.profile" = secret;
    "wireguard.vpn_server.interface" = device;
    "wireguard.vpn_server.listen_port" = types.port;
    "wireguard.vpn_server.ip_pool" = network;
    "bridge.name" = device;
    "bridge.address" = network;
    "openflow.bridges.*.flows.*" = flow;
    "lxc.containers.*.id" = number;
    "lxc.containers.*.veth" = device;
    "lxc.containers.*.bridge" = device;
    "lxc.containers.*.properties.ipv4_address" = network;
    "lxc.containers.*.properties.services.*.port" = types.port;
    "lxc.containers.*.properties.services.*.protocol" = types.enum [ "tcp" "udp" ];
    "lxc.containers.*.properties.files.*.secret" = secret;
    "lxc.containers.*.properties.limits.memory" = size;
    "lxc.containers.*.properties.limits.disk" = size;
    "uplink.publish.*.port" = types.port;
    "uplink.publish.*.container_port" = types.port;
    "uplink.publish.*.protocol" = types.enum [ "tcp" "udp" ];
    "uplink.publish.*.container" = number;
    "xray.server.vless.port" = types.port;
    "xray.server.vmess.port" = types.port;
    "xray.exit.port" = types.port;
    "xray.server.exit_id" = secret;
    "xray.exit.id" = secret;
    "systemd.units.*.active_state" = types.enum [ "active" "inactive" ];
  };

  follow = node: if node ? "$ref" then builtins.foldl' (at: name: at.${name}) schema (builtins.tail (builtins.filter builtins.isString (builtins.split "/" node."$ref"))) else node;

  # Null says that a field is left out, which is what the fields' own defaults are for.
  option = path: required: node: mkOption ({
    type = if required then typeOf path node else types.nullOr (typeOf path node);
    description = "`${path}`: see docs/state.schema.json.";
  } // (if required then { } else { default = null; }));

  below = path: name: if path == "" then name else "${path}.${name}";

  typeOf = path: given:
    let
      node = follow given;
      kinds = builtins.filter (k: k != "null") (if builtins.isList (node.type or [ ]) then node.type or [ ] else [ node.type ]);
      kind = if kinds == [ ] then "" else builtins.head kinds;
    in
    if narrow ? ${path} then narrow.${path}
    else if node ? enum then types.enum (builtins.filter (v: v != null) node.enum)
    else if node ? properties then types.submodule {
      options = builtins.mapAttrs (name: child: option (below path name) (builtins.elem name (node.required or [ ])) child) node.properties;
    }
    else if builtins.isAttrs (node.additionalProperties or null) then types.attrsOf (typeOf (below path "*") node.additionalProperties)
    else if node ? items then types.listOf (typeOf (below path "*") node.items)
    else {
      string = types.str;
      boolean = types.bool;
      integer = types.int;
      number = types.number;
    }.${kind};
in
typeOf "" schema
