using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Audit;
using MeshMcp.HostBridge.Engine;
using MeshMcp.HostBridge.Host;
using MeshMcp.HostBridge.Store;
using MeshMcp.TestKit;
using MeshMcp.UnitTests.Wireguard;
using Microsoft.Extensions.Logging.Abstractions;

namespace MeshMcp.UnitTests.Engine;

/// <summary>The real engine and store over a model of a whole host, all sections of the format, with an example's document applied that has something for every kind of edit.</summary>
sealed class SectionNode : IDisposable
{
    readonly string _folder = Directory.CreateDirectory($"/dev/shm/meshmcp-{Guid.NewGuid():N}").FullName;
    readonly NodeStore _store;
    readonly AuditLog _audit;

    SectionNode(DeclaredFile? file)
    {
        _store = new($"{_folder}/state");
        _audit = new(Directory.CreateDirectory($"{_folder}/audit").FullName, "vps", TimeProvider.System);
        Engine = new(new(Systems, HandClock.Still, NullLogger<Planner>.Instance), _store, file ?? new(null), new(TimeProvider.System), new(), TimeProvider.System, _audit, NullLogger<NodeEngine>.Instance);
    }

    public IReadOnlyList<SectionSystem> Systems { get; } = SectionSystem.All;
    public NodeEngine Engine { get; }
    public EditViews Edits => new(Engine, _store);

    public static async Task<SectionNode> StartAsync(DeclaredFile? file = null)
    {
        var node = new SectionNode(file);
        var end = await node.ApplyAsync(Document());
        return end.Error is null ? node : throw new InvalidOperationException(end.Error.Message);
    }

    /// <summary>With all sections, and <c>enabled</c> and <c>running</c> said where edits are about them.</summary>
    public static JsonObject Document([CallerFilePath] string here = "")
    {
        var document = JsonNode.Parse(File.ReadAllText(Path.Combine(Path.GetDirectoryName(here)!, "../../../examples/oo1424oo.json")))!.AsObject();
        document["bridge"] = JsonNode.Parse("""{ "name": "mesh", "address": "10.0.0.1/24", "ports": [ { "name": "spare300", "type": "internal" } ] }""");
        document["netmaker"]!["enabled"] = true;
        document["uplink"] = JsonNode.Parse("""{ "masquerade": [], "publish": [ { "port": 80, "container": "100" } ] }""");
        document["wireguard"]!["vpn_server"]!["clients"] = new JsonArray(JsonSerializer.SerializeToNode(Client("anna", 2), MeshJson.Default.VpnClient));
        document["xray"]!["server"] = JsonNode.Parse("""{ "container": "102", "host": "192.0.2.20", "exit": "10.0.0.102:10086", "users": [ { "name": "anna" } ] }""");
        document["systemd"] = JsonNode.Parse("""{ "units": { "nginx.service": { "active_state": "active" } } }""");
        document["packagekit"] = JsonNode.Parse("""{ "packages": { "nano": { "ensure": "installed" } } }""");
        return document;
    }

    public static VpnClient Client(string name, byte number) => new() { Name = name, Address = $"10.8.0.{number}", PublicKey = Keys.Of(number) };

    public IReadOnlyList<string> Host => [.. Systems.SelectMany(s => s.Host).Select(i => $"{i.Key} {i.Value}")];

    public Task<Plan> PlanAsync(JsonNode document) => Engine.PlanAsync(Request(document), ModelNode.Root, CancellationToken.None);

    public Task<ApplyEvent.Finished> ApplyAsync(JsonNode document) => ModelNode.End(Engine.Apply(Request(document), ModelNode.Root));

    public Task<ApplyEvent.Finished> ApplyAsync(Edit edit) => ModelNode.End(Engine.Apply(new() { Edits = [edit] }, ModelNode.Root));

    public void Dispose()
    {
        Engine.Dispose();
        _audit.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    static ChangeRequest Request(JsonNode document) => new() { Declared = JsonSerializer.SerializeToElement(document) };
}
