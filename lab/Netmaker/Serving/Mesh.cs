using System.Net;
using System.Text.Json;
using MeshMcp.NetmakerStandIn.Shapes;

namespace MeshMcp.NetmakerStandIn.Serving;

/// <summary>What the server knows, in memory and, when a file is given, in it.</summary>
sealed class Known
{
    public List<Network> Networks { get; set; } = [];
    public List<EnrollmentKey> Keys { get; set; } = [];
    public List<Host> Hosts { get; set; } = [];
    public List<Node> Nodes { get; set; } = [];
    public List<Egress> Egress { get; set; } = [];
}

/// <summary>Networks, keys, hosts, nodes and egress, with the rules the server applies to them.</summary>
sealed partial class Mesh(string httpHost, string? file, TimeProvider time)
{
    readonly Lock gate = new();
    readonly Known known = file is not null && File.Exists(file) ? JsonSerializer.Deserialize<Known>(File.ReadAllBytes(file), WireJson.File)! : new();
    readonly Dictionary<string, string> tokens = [];

    public ServerConfig Configuration { get; } = new()
    {
        API = httpHost, APIHost = httpHost.Split(':')[0], APIPort = "8081", Server = httpHost.Split(':')[0], Broker = $"wss://{httpHost}",
    };

    public IReadOnlyList<T> List<T>(Func<Known, IEnumerable<T>> what)
    {
        lock (gate) return [.. what(known)];
    }

    T Change<T>(Func<Known, T> change)
    {
        lock (gate)
        {
            var result = change(known);
            if (file is null) return result;
            File.WriteAllBytes(file + ".new", JsonSerializer.SerializeToUtf8Bytes(known, WireJson.File));
            File.Move(file + ".new", file, overwrite: true);
            return result;
        }
    }

    public Network AddNetwork(Network asked) => Change(k =>
    {
        if (asked.NetId.Length is 0 or > 32 || asked.NetId.Any(c => c is not ((>= 'a' and <= 'z') or (>= '0' and <= '9') or '-' or '_')))
            throw new Refusal(400, "invalid character(s) in network name");
        if (!IPNetwork.TryParse(asked.AddressRange, out var range) || range.PrefixLength > 30) throw new Refusal(400, "Error:Field validation for 'AddressRange' failed");
        if (k.Networks.Any(n => n.NetId == asked.NetId)) throw new Refusal(400, "network cannot be created with this name: it exists");
        asked.Id = Guid.NewGuid().ToString();
        asked.CreatedAt = asked.UpdatedAt = asked.NodesUpdatedAt = time.GetUtcNow();
        asked.AutoJoin = true;
        k.Networks.Add(asked);
        return asked;
    });

    public Network Network(string netId) => List(k => k.Networks).FirstOrDefault(n => n.NetId == netId) ?? throw new Refusal(404, "record not found");

    public void DeleteNetwork(string netId, bool force) => Change(k =>
    {
        if (!force && k.Nodes.Any(n => n.Network == netId)) throw new Refusal(403, "Node check failed. All nodes must be deleted before deleting network.");
        k.Nodes.RemoveAll(n => n.Network == netId);
        k.Egress.RemoveAll(e => e.Network == netId);
        return k.Networks.RemoveAll(n => n.NetId == netId);
    });

    public EnrollmentKey AddKey(NewEnrollmentKey asked) => Change(k =>
    {
        // The real one saves the key first and then takes the first tag of none: the connection drops.
        if (asked.Tags.Count == 0) throw new IOException("index out of range [0] with length 0");
        if (asked.Tags.Any(t => t.Length is < 3 or > 32)) throw new Refusal(400, "Error:Field validation for 'Tags[0]' failed");
        if (k.Keys.Any(o => o.Tags.Intersect(asked.Tags).Any())) throw new Refusal(400, "key names must be unique");
        if (asked.Networks.FirstOrDefault(n => k.Networks.All(o => o.NetId != n)) is { } unknown) throw new Refusal(400, $"network {unknown} does not exist");
        var value = Shapes.Random.Text(32);
        var key = new EnrollmentKey
        {
            Value = value, Networks = asked.Networks, Tags = asked.Tags,
            Token = Convert.ToBase64String(JsonSerializer.SerializeToUtf8Bytes(new { server = httpHost, value })),
            UsesRemaining = Math.Max(0, asked.UsesRemaining),
            Expiration = asked.UsesRemaining <= 0 && asked.Expiration > 0 ? DateTimeOffset.FromUnixTimeSeconds(asked.Expiration) : default,
            Type = asked.UsesRemaining > 0 ? 2 : asked.Expiration > 0 ? 1 : asked.Unlimited ? 3 : 0,
            Unlimited = asked is { UsesRemaining: <= 0, Expiration: <= 0, Unlimited: true },
        };
        if (key.Type == 0) throw new Refusal(400, "unsupported key type");
        k.Keys.Add(key);
        return key;
    });

    public void DeleteKey(string value) => Change(k => k.Keys.RemoveAll(e => e.Value == value) > 0 ? 0 : throw new Refusal(400, "no enrollmentkey found"));

    public RegisterResponse Register(string token, Host asked, IPAddress? from) => Change(k =>
    {
        var value = ValueIn(token);
        var key = k.Keys.FirstOrDefault(e => e.Value == value) ?? throw new Refusal(400, "no enrollmentkey found");
        if (!IsValid(key)) throw new Refusal(400, "invalid enrollment key");
        if (asked.TrafficKeyPublic.Length == 0) throw new Refusal(400, "missing traffic key");
        if (string.CompareOrdinal(asked.Version, "v0.17.0") < 0) throw new Refusal(400, $"bad client version on register: {asked.Version}");
        var host = k.Hosts.FirstOrDefault(h => h.Id == asked.Id);
        if (host is not null && key.Networks.Count == 0) throw new Refusal(400, "host already exists");
        // Where the real one asks a STUN server, this one sees it by itself.
        if (!asked.IsStatic || asked.EndpointIP.Length == 0) asked.EndpointIP = from?.MapToIPv4().ToString() ?? "";
        if (asked.WgPublicListenPort == 0) asked.WgPublicListenPort = asked.ListenPort;
        asked.Nodes = host?.Nodes ?? [];
        k.Hosts.RemoveAll(h => h.Id == asked.Id);
        k.Hosts.Add(asked);
        if (key.Type == 2) key.UsesRemaining--;
        foreach (var network in key.Networks) Join(k, asked, network);
        return new RegisterResponse(Configuration, asked with { HostPass = "" });
    });

    public void DeleteNode(string id) => Change(k =>
    {
        foreach (var host in k.Hosts) host.Nodes.Remove(id);
        foreach (var egress in k.Egress) egress.Nodes.Remove(id);
        k.Egress.RemoveAll(e => e.Nodes.Count == 0);
        return k.Nodes.RemoveAll(n => n.Id == id) > 0 ? 0 : throw new Refusal(404, "record not found");
    });

    public void SetConnected(string id, bool connected) => Change(k => (k.Nodes.FirstOrDefault(n => n.Id == id) ?? throw new Refusal(404, "record not found")).Connected = connected);

    public Host DeleteHost(string id)
    {
        var host = HostOf(id);
        foreach (var node in host.Nodes.ToList()) DeleteNode(node);
        return Change(k => k.Hosts.RemoveAll(h => h.Id == id) > 0 ? host : throw new Refusal(404, "record not found"));
    }

    public Host HostOf(string id) => List(k => k.Hosts).FirstOrDefault(h => h.Id == id) ?? throw new Refusal(404, "record not found");

    /// <summary>What an operator or the host itself may change of a host.</summary>
    public ApiHost Update(string id, ApiHost asked) => Change(k =>
    {
        var host = k.Hosts.FirstOrDefault(h => h.Id == id) ?? throw new Refusal(404, "record not found");
        if (asked.Name.Length > 0) host.Name = asked.Name;
        if (asked.ListenPort > 0) host.ListenPort = host.WgPublicListenPort = asked.ListenPort;
        if (asked.MTU > 0) host.MTU = asked.MTU;
        if (asked.PersistentKeepalive > 0) host.PersistentKeepalive = asked.PersistentKeepalive * 1_000_000_000L;
        (host.IsStatic, host.IsStaticPort) = (asked.IsStatic, asked.IsStaticPort);
        if (asked is { IsStatic: true, EndpointIP.Length: > 0 }) host.EndpointIP = asked.EndpointIP;
        return ApiHost.Of(host);
    });

    public void Rejoin(string hostId, string network) => Change(k =>
    {
        Join(k, k.Hosts.FirstOrDefault(h => h.Id == hostId) ?? throw new Refusal(404, "record not found"), network);
        return 0;
    });

    public Egress AddEgress(Egress asked) => Change(k =>
    {
        if (asked.Name.Length == 0) throw new Refusal(400, "name is required");
        if (!IPNetwork.TryParse(asked.Range, out _)) throw new Refusal(400, "invalid egress range");
        if (k.Networks.All(n => n.NetId != asked.Network)) throw new Refusal(400, "failed to get network");
        if (asked.Nodes.Keys.FirstOrDefault(id => k.Nodes.All(n => n.Id != id)) is { } unknown) throw new Refusal(400, $"node {unknown} not found");
        asked.Id = Guid.NewGuid().ToString();
        asked.CreatedAt = asked.UpdatedAt = time.GetUtcNow();
        k.Egress.Add(asked);
        return asked;
    });

    public Egress PutEgress(Egress asked) => Change(k =>
    {
        var at = k.Egress.FindIndex(e => e.Id == asked.Id);
        if (at < 0) throw new Refusal(400, "record not found");
        asked.CreatedAt = k.Egress[at].CreatedAt;
        asked.UpdatedAt = time.GetUtcNow();
        return k.Egress[at] = asked;
    });

    public void DeleteEgress(string id) => Change(k => k.Egress.RemoveAll(e => e.Id == id) > 0 ? 0 : throw new Refusal(400, "record not found"));

    public string Authenticate(string id, string password) => Change(k =>
    {
        if (k.Hosts.FirstOrDefault(h => h.Id == id) is not { } host) throw new Refusal(400, "record not found");
        if (host.HostPass != password) throw new Refusal(401, "incorrect credentials");
        return tokens.FirstOrDefault(t => t.Value == id).Key ?? Issue(id);
    });

    string Issue(string id)
    {
        var token = Shapes.Random.Text(64);
        tokens[token] = id;
        return token;
    }

    /// <summary>The host whose token it is; null for none.</summary>
    public string? HostBy(string token)
    {
        lock (gate) return tokens.GetValueOrDefault(token);
    }

    void Join(Known k, Host host, string netId)
    {
        if (k.Nodes.FirstOrDefault(n => n.HostId == host.Id && n.Network == netId) is { } there)
        {
            if (!host.Nodes.Contains(there.Id)) host.Nodes.Add(there.Id);
            return;
        }
        var network = k.Networks.FirstOrDefault(n => n.NetId == netId) ?? throw new Refusal(400, "network does not exist");
        var range = IPNetwork.Parse(network.AddressRange);
        var node = new Node
        {
            Id = Guid.NewGuid().ToString(), HostId = host.Id, Network = netId, Server = Configuration.Server, LastCheckIn = time.GetUtcNow(),
            NetworkRange = IpNet.Of(range.BaseAddress, range.PrefixLength), Address = IpNet.Of(Free(range, k.Nodes.Where(n => n.Network == netId)), range.PrefixLength),
        };
        k.Nodes.Add(node);
        host.Nodes.Add(node.Id);
    }

    static IPAddress Free(IPNetwork range, IEnumerable<Node> taken)
    {
        var used = taken.Select(n => n.Address.IP).ToHashSet();
        var bytes = range.BaseAddress.GetAddressBytes();
        var first = (uint)((bytes[0] << 24) | (bytes[1] << 16) | (bytes[2] << 8) | bytes[3]);
        for (var i = 1u; i < 1u << (32 - range.PrefixLength); i++)
        {
            var address = new IPAddress([(byte)((first + i) >> 24), (byte)((first + i) >> 16), (byte)((first + i) >> 8), (byte)(first + i)]);
            if (!used.Contains(address.ToString())) return address;
        }
        throw new Refusal(400, "ERROR: No unique addresses available. Check network subnet.");
    }

    bool IsValid(EnrollmentKey key) => key.Type switch
    {
        1 => key.Expiration > time.GetUtcNow(),
        2 => key.UsesRemaining > 0,
        _ => key.Unlimited,
    };

    static string ValueIn(string token)
    {
        try
        {
            using var document = JsonDocument.Parse(Convert.FromBase64String(token));
            return document.RootElement.GetProperty("value").GetString()!;
        }
        catch (Exception e) when (e is FormatException or JsonException or KeyNotFoundException)
        {
            throw new Refusal(400, "illegal base64 data at input byte 0");
        }
    }
}
