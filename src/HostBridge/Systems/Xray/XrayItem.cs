using MeshMcp.Contracts.State;

namespace MeshMcp.HostBridge.Systems.Xray;

/// <summary>One program to run in one container: the server or the exit of a section, never both in one container.</summary>
public sealed record XrayItem(XrayServer? Server, XrayExit? Exit)
{
    public string Container => Server?.Container ?? Exit!.Container;
    public XrayProgram Program => Server?.Program ?? Exit!.Program;
    /// <summary><c>server</c> or <c>exit</c>.</summary>
    public string Role => Server is null ? "exit" : "server";

    public static IReadOnlyList<XrayItem> Of(XraySection? section) =>
        [.. new XrayItem?[] { section?.Server is { } server ? new(server, null) : null, section?.Exit is { } exit ? new(null, exit) : null }.OfType<XrayItem>()];

    /// <summary>Names of the secrets that go into its configuration.</summary>
    public IEnumerable<string> SecretReferences() => Server is { } server
        ? [server.ExitId, .. server.Users.Select(u => u.IdReference), .. new[] { server.Vless, server.Vmess }.SelectMany(i => new[] { i?.Certificate, i?.Key, i?.PrivateKey }).OfType<string>()]
        : [Exit!.Id];
}

/// <summary>What was last put into a container, kept outside of it: what to plan back to.</summary>
/// <param name="Digest">SHA-256 of the file.</param>
/// <param name="Users">Names of the users in it.</param>
public sealed record AppliedXray(XrayServer? Server, XrayExit? Exit, string Digest, IReadOnlyList<string> Users);
