{ lib, buildDotnetModule, dotnetCorePackages, installShellFiles }:
let
  properties = builtins.readFile ../Directory.Build.props;
in
buildDotnetModule rec {
  pname = "meshmcp";
  version = builtins.head (builtins.match ".*<Version>([^<]+)</Version>.*" properties);
  src = lib.cleanSource ../.;

  projectFile = [ "src/HostBridge/HostBridge.csproj" "src/Server/Server.csproj" "src/Cli/Cli.csproj" ];
  # Kept by a test; also: nix build .#meshmcp.passthru.fetch-deps
  nugetDeps = ./deps.json;
  dotnet-sdk = dotnetCorePackages.sdk_10_0;
  dotnet-runtime = dotnetCorePackages.aspnetcore_10_0;
  executables = [ "meshmcp-hostbridge" "meshmcp-server" "meshctl" ];

  nativeBuildInputs = [ installShellFiles ];
  # Containers whose service is our own server mount /usr/lib/meshmcp, with server and run-time in it.
  postInstall = ''
    ${dotnet-runtime}/bin/dotnet $out/lib/${pname}/meshctl.dll completion bash > meshctl.bash
    installShellCompletion meshctl.bash
    mkdir -p $out/share/meshmcp
    ln -s ../../lib/${pname} $out/share/meshmcp/server
    ln -s ${dotnet-runtime}/share/dotnet $out/share/meshmcp/dotnet
  '';

  meta = {
    description = "Runs a small private network of nodes safely, by an assistant or by hand";
    license = lib.licenses.asl20;
    platforms = lib.platforms.linux;
    mainProgram = "meshctl";
  };
}
