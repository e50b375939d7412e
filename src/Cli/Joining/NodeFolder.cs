using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Files;

namespace MeshMcp.Cli.Joining;

/// <summary>What joining writes for a node: its certificate and the configuration of its two programs, in one folder, all or nothing.</summary>
sealed class NodeFolder(string folder, uint relayUser)
{
    static readonly JsonSerializerOptions Written = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public const UnixFileMode OpenFolder = AtomicFile.Public | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    FileRights RelaysOwn => new(AtomicFile.Secret, relayUser, relayUser);
    string Authority => At("ca.crt");
    string Certificate => At("node.crt");
    string Key => At("node.key");
    public string HostBridge => At("hostbridge.json");
    public string Relay => At("relay.json");

    public IReadOnlyList<string> Files => [Authority, Certificate, Key, HostBridge, Relay];

    /// <summary>Asked before the invitation is spent.</summary>
    /// <exception cref="MeshException">Conflict: there is a node already. PermissionDenied: this user could not write it.</exception>
    public void Check(bool force)
    {
        if (!force && Files.FirstOrDefault(File.Exists) is { } there)
            throw new MeshException(ErrorKind.Conflict, $"{there} exists: this machine is a node already, or was.", there, "With --force its certificate and configuration are replaced; the invitation is not spent yet.");
        try
        {
            Directory.CreateDirectory(folder, OpenFolder);
            var probe = At(".join");
            AtomicFile.Write(probe, [], RelaysOwn);
            File.Delete(probe);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new MeshException(ErrorKind.PermissionDenied, $"{folder} cannot be written: {e.Message}", folder, "Run as root; the invitation is not spent yet.", e);
        }
    }

    /// <summary>Writes everything beside its place first, so that the renames at the end are all that is left to fail.</summary>
    public void Write(JoinedMachine machine)
    {
        List<(string File, byte[] Content)> files =
        [
            (Authority, Text(machine.AuthorityPem)),
            (Certificate, Text(machine.CertificatePem)),
            (Key, Text(machine.KeyPem)),
            (HostBridge, Json(new()
            {
                ["node"] = machine.Name,
                ["relayUid"] = relayUser,
                ["socketGid"] = relayUser,
                ["delegates"] = new JsonArray(new JsonObject { ["certificate"] = machine.Server, ["scope"] = machine.Scope }),
                ["identity"] = new JsonObject { ["ca"] = Authority, ["certificate"] = Certificate, ["key"] = Key, ["renewFrom"] = machine.RenewFrom },
            })),
            (Relay, Json(new() { ["listen"] = new JsonArray(machine.Address), ["ca"] = Authority, ["certificate"] = Certificate, ["key"] = Key })),
        ];
        // Whoever else may read a file of the node that was here before goes on reading it; the key is the relay's, which may be another user now.
        foreach (var (file, content) in files) AtomicFile.Write(file + ".new", content, file == Key ? RelaysOwn : FileRights.Of(file) ?? new(AtomicFile.Public));
        foreach (var (file, _) in files) File.Move(file + ".new", file, overwrite: true);
    }

    string At(string name) => Path.Combine(folder, name);

    static byte[] Text(string pem) => Encoding.ASCII.GetBytes(pem.TrimEnd() + "\n");

    static byte[] Json(JsonObject content) => Encoding.UTF8.GetBytes(content.ToJsonString(Written) + "\n");
}

/// <summary>A node as it has just become one.</summary>
/// <param name="Server">Who may call it: the identity of the server that let it in, <c>server/NAME</c>.</param>
/// <param name="Address">Where its relay listens.</param>
sealed record JoinedMachine(string Name, string AuthorityPem, string CertificatePem, string KeyPem, string Server, string Scope, string Address, string RenewFrom);
