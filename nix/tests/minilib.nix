# A stand-in, of builtins alone, for the part of nixpkgs' lib that the modules here use: enough of the module system to evaluate and type-check them
# where there is no nixpkgs. Errors are worded as there, and name the type by its description.
# Not supported: freeform modules, option merging between declarations, mkOrder, apply-in-submodule docs.
rec {
  genAttrs = names: f: builtins.listToAttrs (map (n: { name = n; value = f n; }) names);
  mapAttrs = builtins.mapAttrs;
  attrNames = builtins.attrNames;
  filter = builtins.filter;
  filterAttrs = p: s: removeAttrs s (filter (n: !p n s.${n}) (attrNames s));
  concatStringsSep = builtins.concatStringsSep;
  optional = c: x: if c then [ x ] else [ ];
  optionals = c: x: if c then x else [ ];
  optionalString = c: s: if c then s else "";
  optionalAttrs = c: s: if c then s else { };
  unique = builtins.foldl' (acc: x: if builtins.elem x acc then acc else acc ++ [ x ]) [ ];
  recursiveUpdate = a: b: a // mapAttrs (n: v: if a ? ${n} && builtins.isAttrs v && builtins.isAttrs a.${n} then recursiveUpdate a.${n} v else v) b;
  
  mkOption = a: a // { _type = "option"; };
  mkEnableOption = d: mkOption { type = types.bool; default = false; description = "Whether to enable ${d}."; };
  mkIf = condition: content: { _type = "if"; inherit condition content; };
  mkMerge = contents: { _type = "merge"; inherit contents; };
  mkOverride = priority: content: { _type = "override"; inherit priority content; };
  mkDefault = mkOverride 1000; mkOptionDefault = mkOverride 1500; mkForce = mkOverride 50;

  # --- values: push mkIf/mkMerge/mkOverride down to { prio, value } leaves
  leaves = prio: v:
    if builtins.isAttrs v && v ? _type then
      if v._type == "if" then optionals v.condition (leaves prio v.content)
      else if v._type == "merge" then builtins.concatMap (leaves prio) v.contents
      else if v._type == "override" then leaves v.priority v.content
      else [ { inherit prio; value = v; } ]
    else [ { inherit prio; value = v; } ];
  # push mkIf/mkMerge/mkOverride below the attribute names, so that a module's `config = mkIf cfg.enable { ... }`
  # has known names before cfg.enable is known
  pushDown = v: let t = v._type or ""; in
    if t == "merge" then builtins.concatMap pushDown v.contents
    else if t == "if" then map (mapAttrs (_: mkIf v.condition)) (pushDown v.content)
    else if t == "override" then map (mapAttrs (_: mkOverride v.priority)) (pushDown v.content)
    else [ v ];
  strongest = defs: let p = builtins.foldl' (a: d: if d.prio < a then d.prio else a) 9999 defs; in filter (d: d.prio == p) defs;
  values = defs: map (d: d.value) (strongest defs);

  # Merges what was defined for an option, once every definition passes the type's check.
  run = t: loc: defs: let wrong = filter (v: !(t.check v)) (values defs); in
    if wrong == [ ] then t.merge loc defs
    else throw "A definition for option `${showLoc loc}' is not of type `${t.description}'. Definition values: ${builtins.toJSON wrong}";
  same = loc: defs: let vs = values defs; in
    if builtins.all (v: v == builtins.head vs) vs then builtins.head vs
    else throw "The option `${showLoc loc}' has conflicting definition values: ${builtins.toJSON vs}";

  types = let plain = description: check: { inherit description check; merge = same; }; in rec {
    bool = plain "boolean" builtins.isBool;
    int = plain "signed integer" builtins.isInt;
    number = plain "signed integer or floating point number" (v: builtins.isInt v || builtins.isFloat v);
    str = plain "string" builtins.isString;
    path = plain "absolute path" (v: builtins.isPath v || builtins.isString v);
    unspecified = plain "unspecified value" (_: true);
    package = plain "package" (v: builtins.isString v || builtins.isAttrs v);
    port = plain "16 bit unsigned integer; between 0 and 65535 (both inclusive)" (v: builtins.isInt v && v >= 0 && v <= 65535);
    enum = xs: plain "one of ${concatStringsSep ", " (map builtins.toJSON xs)}" (v: builtins.elem v xs);
    strMatching = re: plain "string matching the pattern ${re}" (v: builtins.isString v && builtins.match re v != null);
    lines = { description = "strings concatenated with \"\\n\""; check = builtins.isString; merge = _: defs: concatStringsSep "\n" (values defs); };
    nullOr = t: {
      description = "null or ${t.description}";
      check = v: v == null || t.check v;
      merge = loc: defs: if builtins.all (v: v == null) (values defs) then null else run t loc defs;
    };
    either = a: b: {
      description = "${a.description} or ${b.description}";
      check = v: a.check v || b.check v;
      merge = loc: defs: run (if builtins.all a.check (values defs) then a else b) loc defs;
    };
    listOf = t: {
      description = "list of ${t.description}";
      check = builtins.isList;
      merge = loc: defs: let all = builtins.concatLists (values defs); in
        builtins.genList (i: run t (loc ++ [ "[${toString i}]" ]) (leaves 100 (builtins.elemAt all i))) (builtins.length all);
    };
    attrsOf = t: {
      description = "attribute set of ${t.description}";
      check = builtins.isAttrs;
      merge = loc: defs: mapAttrs (n: run t (loc ++ [ n ])) (filterAttrs (_: v: v != [ ]) (builtins.zipAttrsWith (_: builtins.concatMap (leaves 100)) (values defs)));
    };
    anything = {
      description = "anything";
      check = _: true;
      merge = loc: defs: let vs = values defs; in
        if builtins.all (v: builtins.isAttrs v && !(v ? outPath)) vs then run (attrsOf anything) loc defs
        else if builtins.all builtins.isList vs then builtins.concatLists vs
        else same loc defs;
    };
    submodule = m: {
      description = "submodule";
      check = builtins.isAttrs;
      merge = loc: defs: (eval { inherit loc; modules = [ m ] ++ map (value: { config = value; }) (values defs); args = { }; }).config;
    };
  };
  showLoc = concatStringsSep ".";

  # --- modules: functions or attrsets, imports, options, config
  eval = { modules, args, loc ? [ ] }:
    let
      argv = { inherit config options; lib = self; } // args;
      load = m: let f = if builtins.isPath m || builtins.isString m then import m else m; in
        if builtins.isFunction f then f (argv // mapAttrs (n: _: argv.${n} or (throw "module argument `${n}' is missing")) (builtins.functionArgs f)) else f;
      expand = m: let x = load m; in [ x ] ++ builtins.concatMap expand (x.imports or [ ]);
      raw = builtins.concatMap expand modules;
      options = builtins.foldl' recursiveUpdate { } (map (m: m.options or { }) raw);
      # a module with neither options nor config is itself config
      defs = builtins.concatMap (m: pushDown (if m ? options || m ? config then m.config or { } else removeAttrs m [ "imports" ])) raw;
      unknown = strays loc options defs;
      config = if unknown != [ ] then throw "The option `${showLoc (builtins.head unknown)}' does not exist." else walk loc options defs;
    in { inherit config options; };
  isOpt = o: (o._type or "") == "option";
  # every defined name that no module declares, at any depth above the options themselves
  strays = loc: opts: defs: builtins.concatMap (d: builtins.concatMap (n:
    if !(opts ? ${n}) then [ (loc ++ [ n ]) ] else if isOpt opts.${n} then [ ] else strays (loc ++ [ n ]) opts.${n} (pushDown d.${n})) (attrNames d)) defs;
  walk = loc: opts: defs:
    let
      sub = f: n: builtins.concatMap (d: if d ? ${n} then f d.${n} else [ ]) defs;
      one = n: o: let here = loc ++ [ n ]; ds = sub (leaves 100) n; in
        if !(isOpt o) then walk here o (sub pushDown n)
        else if ds == [ ] && !(o ? default) then throw "The option `${showLoc here}' is used but not defined."
        else if (o.readOnly or false) && builtins.length ds > 1 then throw "The option `${showLoc here}' is read-only, but it's set multiple times."
        else (o.apply or (x: x)) (run o.type here (ds ++ (if o ? default then [ { prio = 1500; value = o.default; } ] else [ ])));
    in mapAttrs one opts;
  evalModules = { modules, specialArgs ? { } }: eval { inherit modules; args = specialArgs; };
  self = { inherit genAttrs mapAttrs attrNames filter filterAttrs concatStringsSep optional optionals optionalString optionalAttrs unique recursiveUpdate
    mkOption mkEnableOption mkIf mkMerge mkOverride mkDefault mkOptionDefault mkForce types evalModules; };
}
