{
  description = "MeshMcp: runs a small private network of nodes safely, by an assistant or by hand";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs = { self, nixpkgs }:
    let
      each = f: builtins.listToAttrs (map (system: { name = system; value = f nixpkgs.legacyPackages.${system}; }) [ "x86_64-linux" "aarch64-linux" ]);
    in
    {
      packages = each (pkgs: rec {
        meshmcp = pkgs.callPackage ./nix/package.nix { };
        default = meshmcp;
      });
      overlays.default = final: _: { meshmcp = final.callPackage ./nix/package.nix { }; };
      nixosModules.default = ./nix/module.nix;
    };
}
