using System.Text.Json;
using System.Text.Json.Serialization;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.State;
using MeshMcp.Contracts.Trust;

namespace MeshMcp.HostBridge.Access;

/// <summary><c>/etc/meshmcp/hostbridge.json</c>. Without the file the node has the host's name and only root may call.</summary>
public sealed record BridgeConfiguration
{
    public const string DefaultPath = "/etc/meshmcp/hostbridge.json";

    public string Node { get; set; } = Environment.MachineName;
    public string Socket { get; set; } = "/run/meshmcp/hostbridge.sock";
    public string State { get; set; } = "/var/lib/meshmcp";
    /// <summary>User id of the relay: from it a preamble is required, from all others refused.</summary>
    public uint? RelayUid { get; init; }
    /// <summary>Group that may open the socket, besides root; the relay must be in it.</summary>
    public uint? SocketGid { get; init; }
    /// <summary>The one file that the declared document comes from; set by <c>--declared</c>, not by the configuration.</summary>
    [JsonIgnore] public string? DeclaredFrom { get; init; }
    /// <summary>How much of the past is kept.</summary>
    public History History { get; set; } = new();
    /// <summary>Folders and files of the host that callers who are not root on it may mount in containers; <c>/srv/web/**</c>: that and all below.</summary>
    public IReadOnlyList<string> Mounts { get; set; } = [];
    /// <summary>Of containers whose state says none; without a word 512 processes. <c>disk</c> holds for those that are made from then on.</summary>
    public ContainerLimits? Limits { get; init; }
    public IReadOnlyList<Delegate> Delegates { get; set; } = [];
    /// <summary>On the one node that lets new ones join: where the mesh's certificate authority lies.</summary>
    public AuthorityPlace? Authority { get; init; }
    /// <summary>The relay's certificate, which this agent watches and renews.</summary>
    public IdentityFiles? Identity { get; init; }

    /// <exception cref="MeshException">The file cannot be read or has a fault.</exception>
    public static BridgeConfiguration Load(string? path)
    {
        if (path is null && !File.Exists(DefaultPath)) return new();
        path ??= DefaultPath;
        try
        {
            var configuration = JsonSerializer.Deserialize(File.ReadAllBytes(path), AccessJson.Default.BridgeConfiguration) ?? throw new JsonException("it is null");
            foreach (var d in configuration.Delegates)
                if (d.Uid is null == d.Certificate is null) throw new JsonException("a delegate has either uid or certificate");
            if (configuration.Mounts.Select(MountPolicy.FaultOf).FirstOrDefault(f => f is not null) is { } fault) throw new JsonException(fault);
            if (configuration.Limits?.Disk is { Bytes: < ContainerLimits.LeastDisk } disk) throw new JsonException($"limits.disk: {disk} are too little for a root file system: {new ByteSize(ContainerLimits.LeastDisk)} at least");
            if (configuration.Authority?.Fault is { } renews) throw new JsonException(renews);
            if (configuration.History is not { Generations: >= 1, Days: >= 0 }) throw new JsonException("history keeps at least 1 generation, and 0 or more days");
            return configuration;
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new MeshException(ErrorKind.InvalidArgument, $"Configuration {path}: {e.Message}", path, "Correct the file and start again.", e);
        }
    }
}

/// <summary>Somebody who may call, and how much.</summary>
/// <param name="Uid">A user on this host.</param>
/// <param name="Certificate">A server behind the relay, <c>server/NAME</c>.</param>
/// <param name="Scope">The most it may do; a user on this host <c>read</c> and a server <c>operate</c> unless given. That somebody from afar may do everything is a choice.</param>
/// <param name="Systems">Sections it may change; null for all.</param>
public sealed record Delegate(uint? Uid = null, string? Certificate = null, Scope? Scope = null, IReadOnlyList<string>? Systems = null)
{
    [JsonIgnore] public Scope Ceiling => Scope ?? (Certificate is null ? Contracts.Trust.Scope.Read : Contracts.Trust.Scope.Operate);
}

/// <summary>The mesh's certificate authority, as files that only root may read.</summary>
/// <param name="Url">Where invited nodes send their request, <c>https://HOST:9573/enroll</c>; an invitation may name another.</param>
/// <param name="Renews">Certificates of servers, <c>/….crt</c>, each with its key beside it, <c>/….key</c>, that this node renews by itself.</param>
public sealed record AuthorityPlace(string Certificate, string Key, string? Url = null, IReadOnlyList<string>? Renews = null)
{
    /// <summary>A fault of <see cref="Renews"/>, in words; null when there is none.</summary>
    [JsonIgnore] internal string? Fault => Renews is null ? null
        : Renews.FirstOrDefault(r => !r.StartsWith('/') || Path.GetFullPath(r) != r || Path.GetExtension(r) != ".crt") is { } wrong
            ? $"authority.renews: \"{wrong}\" is not the absolute path of a certificate, FOLDER/NAME.crt, with its key FOLDER/NAME.key beside it"
        : Renews.Distinct().Count() < Renews.Count ? "authority.renews: a certificate is there twice" : null;
}

/// <summary>A node's own certificate.</summary>
/// <param name="Ca">The mesh's <c>ca.crt</c>.</param>
/// <param name="RenewFrom">A server's <c>https://HOST:9573/enroll</c>; without it nothing is renewed by itself.</param>
public sealed record IdentityFiles(string Ca, string Certificate, string Key, string? RenewFrom = null);
