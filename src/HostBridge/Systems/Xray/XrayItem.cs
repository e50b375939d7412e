using System.Text.Json.Serialization;
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

    /// <summary>The secrets that go into its configuration, and where the section names them.</summary>
    public IEnumerable<(string Path, string Reference, SecretKind Kind)> Secrets()
    {
        if (Server is not { } server) return [("xray.exit.id", Exit!.Id, SecretKind.XrayId)];
        return
        [
            ("xray.server.exit_id", server.ExitId, SecretKind.XrayId),
            .. server.Users.Select((u, i) => ($"xray.server.users[{i}].id", u.IdReference, SecretKind.XrayId)),
            .. from inbound in new[] { ("vless", server.Vless), ("vmess", server.Vmess) }
               from secret in new[] { ("certificate", inbound.Item2?.Certificate, SecretKind.TlsCertificate), ("key", inbound.Item2?.Key, SecretKind.TlsKey), ("private_key", inbound.Item2?.PrivateKey, SecretKind.RealityKey) }
               where secret.Item2 is not null
               select ($"xray.server.{inbound.Item1}.{secret.Item1}", secret.Item2, secret.Item3),
        ];
    }
}

/// <summary>What was last put into a container, kept outside of it: what to plan back to.</summary>
/// <param name="Digest">SHA-256 of the file.</param>
/// <param name="Users">Names of the users in it.</param>
public sealed record AppliedXray(XrayServer? Server, XrayExit? Exit, [property: JsonRequired] string Digest, [property: JsonRequired] IReadOnlyList<string> Users);
