using System.Text.RegularExpressions;
using MeshMcp.Contracts.Errors;
using MeshMcp.Lab.Namespaces;
using MeshMcp.Lab.Topology;

namespace MeshMcp.Lab;

/// <summary>Everything one lab occupies on the machine is found by its prefix.</summary>
public sealed partial record Site
{
    public const string Root = "/run/meshmcp-lab", Networks = "/run/netns";

    /// <param name="bare">Nodes with Open vSwitch and host bridge only: nothing is applied to them, and the internet serves nothing.</param>
    public Site(string prefix, bool bare = false)
    {
        if (!Allowed().IsMatch(prefix))
            throw new MeshException(ErrorKind.InvalidArgument, $"The prefix '{prefix}' must be 1 to 10 lower-case letters and digits, the first a letter.");
        (Prefix, Bare) = (prefix, bare);
    }

    public string Prefix { get; }

    public bool Bare { get; }

    /// <summary>A file system in memory, mounted while the lab is up.</summary>
    public string Folder => $"{Root}/{Prefix}";

    public string Logs => $"{Folder}/log";

    /// <summary>What a daemon (<c>vps/hostbridge</c>) said.</summary>
    public string Log(string daemon) => $"{Logs}/{daemon}.log";

    public string Certificates => $"{Folder}/pki";

    internal string NetworkFiles => $"{Networks}/{Prefix}-";

    public IReadOnlyList<Place> Places => [.. Map.Edges.Select(Edge), Closed("cloudflare"), .. Map.Nodes.Select(n => Closed(n.Name)), .. Added.Select(Closed)];

    /// <summary>Names of the nodes that were added while the lab is up.</summary>
    IEnumerable<string> Added => Directory.Exists(Networks)
        ? Directory.EnumerateFiles(Networks, $"{Prefix}-*").Select(f => Path.GetFileName(f)[(Prefix.Length + 1)..]).Except([.. Map.Edges, "cloudflare", .. Map.Nodes.Select(n => n.Name)])
        : [];

    /// <summary>Of a node to come.</summary>
    internal Place NewNode(string name) => Closed(name);

    public Place Place(string name) => Places.FirstOrDefault(p => p.Name == name)
        ?? throw new MeshException(ErrorKind.NotFound, $"The lab has no '{name}'. It has: {string.Join(", ", Places.Select(p => p.Name))}.", name);

    Place Edge(string name) => new(name, NetworkFiles + name, null);

    Place Closed(string name) => new(name, NetworkFiles + name, $"{Folder}/{name}");

    [GeneratedRegex("^[a-z][a-z0-9]{0,9}$")]
    private static partial Regex Allowed();
}
