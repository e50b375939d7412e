using System.Net;
using System.Text.Json;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.Trust;
using MeshMcp.Server.Roles;

namespace MeshMcp.Server.Relay;

/// <summary>The relay's file, <c>/etc/meshmcp/relay.json</c>.</summary>
/// <param name="Listen">At least one; an address need not exist yet.</param>
/// <param name="Authority">The mesh's <c>ca.crt</c>.</param>
/// <param name="Socket">The host bridge's Unix socket.</param>
public sealed record RelayConfiguration(IReadOnlyList<IPEndPoint> Listen, string Authority, CertificateFiles Certificate, string Socket)
{
    public const string DefaultPath = "/etc/meshmcp/relay.json";
    public const string DefaultSocket = "/run/meshmcp/hostbridge.sock";

    static readonly string[] Fields = ["listen", "ca", "certificate", "key", "socket"];

    /// <exception cref="MeshException">NotFound or PermissionDenied for the file; InvalidArgument with every problem in it.</exception>
    public static RelayConfiguration Read(string path) => Parse(ConfigurationFile.Text(path), path);

    /// <exception cref="MeshException">InvalidArgument with every problem.</exception>
    public static RelayConfiguration Parse(string json, string path)
    {
        var problems = new List<Problem>();
        using var document = Document(json, path);
        var root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object) throw Invalid(path, [new("$", "must be an object")]);
        foreach (var field in root.EnumerateObject().Select(p => p.Name).Where(n => !Fields.Contains(n)))
            problems.Add(new(field, "is not a field of this file", Nearest: Nearest.To(field, Fields)));
        var configuration = new RelayConfiguration(
            ListenOf(root, problems),
            FileOf(root, "ca", null, problems),
            new(FileOf(root, "certificate", null, problems), FileOf(root, "key", null, problems)),
            FileOf(root, "socket", DefaultSocket, problems));
        return problems.Count == 0 ? configuration : throw Invalid(path, problems);
    }

    static JsonDocument Document(string json, string path)
    {
        try
        {
            return JsonDocument.Parse(json, new JsonDocumentOptions { AllowDuplicateProperties = false });
        }
        catch (JsonException e)
        {
            throw Invalid(path, [new("$", e.Message)]);
        }
    }

    static List<IPEndPoint> ListenOf(JsonElement root, List<Problem> problems)
    {
        var listen = new List<IPEndPoint>();
        if (!root.TryGetProperty("listen", out var list) || list.ValueKind != JsonValueKind.Array || list.GetArrayLength() == 0)
        {
            problems.Add(new("listen", $"must be a list of at least one {HostPort.Form}"));
            return listen;
        }
        foreach (var (i, item) in list.EnumerateArray().Index())
            if (item.ValueKind == JsonValueKind.String && HostPort.TryParse(item.GetString()!, out var address) && address is IPEndPoint) listen.Add((IPEndPoint)address);
            else problems.Add(new($"listen[{i}]", $"{item} is not an IP {HostPort.Form}"));
        return listen;
    }

    static string FileOf(JsonElement root, string field, string? otherwise, List<Problem> problems)
    {
        if (!root.TryGetProperty(field, out var value))
        {
            if (otherwise is null) problems.Add(new(field, "is missing: the path of a file"));
            return otherwise ?? "";
        }
        if (value.ValueKind == JsonValueKind.String && Path.IsPathFullyQualified(value.GetString()!)) return value.GetString()!;
        problems.Add(new(field, $"{value} is not an absolute path"));
        return "";
    }

    static MeshException Invalid(string path, List<Problem> problems) =>
        new(new MeshError(ErrorKind.InvalidArgument, $"{path} is not a relay's configuration: {problems.Count} problem{(problems.Count == 1 ? "" : "s")}.", path, "Correct every problem listed and start again.", problems));
}
