using MeshMcp.Contracts.State;

namespace MeshMcp.HostBridge.Systems.Lxc;

/// <summary>
/// The services <c>mcp</c> and <c>api</c> without a command of their own are our server: its program and the configuration of that role come, read-only,
/// from the host, and with them the public certificate, if one is kept there. The root file system must have a C library.
/// </summary>
static class OwnServer
{
    public const string Program = "/usr/lib/meshmcp";

    /// <summary>Where <c>meshmcp-server acme</c> keeps it: mounted before there is one, so that a container needs no restart for it.</summary>
    public const string PublicCertificate = "/etc/meshmcp/acme/public";

    static readonly Dictionary<string, string> Configurations = new() { ["mcp"] = "server.json", ["api"] = "api.json" };

    /// <summary>Where the runtime is, for a server that does not bring its own.</summary>
    public const string Environment = $"DOTNET_ROOT={Program}/dotnet";

    public static bool IsIn(Container container) => container.Properties.Services.Any(Is);

    /// <summary>The container with commands and mounts written out.</summary>
    public static Container Complete(Container container)
    {
        if (!IsIn(container)) return container;
        var p = container.Properties;
        string[] roles = [.. p.Services.Where(Is).Select(s => s.Name).Distinct()];
        return container with
        {
            Properties = p with
            {
                Services = [.. p.Services.Select(s => Is(s) ? s with { Command = [$"{Program}/server/meshmcp-server", s.Name, "--config", $"{FolderOf(s.Name)}/{Configurations[s.Name]}"] } : s)],
                Mounts = [.. p.Mounts, new() { Source = Program, Target = Program }, new() { Source = PublicCertificate, Target = PublicCertificate }, .. roles.Select(r => new ContainerMount { Source = FolderOf(r), Target = FolderOf(r) })],
            },
        };
    }

    static bool Is(ContainerService service) => service.Command.Count == 0 && Configurations.ContainsKey(service.Name);

    static string FolderOf(string role) => $"/etc/meshmcp/{role}";
}
