# Reads a unit file as systemd does: { Unit = { … }; Service = { … }; }, a key that is given more than once as a list.
path:
let
  lines = builtins.filter (l: builtins.isString l && l != "" && builtins.match "[#;].*" l == null) (builtins.split "\n" (builtins.readFile path));
  step = seen: line:
    let
      section = builtins.match "\\[(.*)]" line;
      pair = builtins.match "([A-Za-z]+)=(.*)" line;
      key = builtins.head pair;
      value = builtins.elemAt pair 1;
      here = seen.sections.${seen.at} or { };
      before = if here ? ${key} then (if builtins.isList here.${key} then here.${key} else [ here.${key} ]) else [ ];
    in
    if section != null then seen // { at = builtins.head section; }
    else if pair == null then throw "${toString path}: '${line}' is no line of a unit file."
    else seen // { sections = seen.sections // { ${seen.at} = here // { ${key} = if before == [ ] then value else before ++ [ value ]; }; }; };
in
(builtins.foldl' step { at = ""; sections = { }; } lines).sections
