using System.Globalization;
using System.Text.Json;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Edits;
using MeshMcp.Contracts.Trust;
using MeshMcp.HostBridge.Access;
using MeshMcp.HostBridge.Audit;
using MeshMcp.HostBridge.Engine;
using MeshMcp.HostBridge.Host;
using MeshMcp.HostBridge.Store;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace MeshMcp.UnitTests.Engine;

/// <summary>The real engine and store over a model of a host, with a clock that the test winds.</summary>
sealed class ModelNode : IDisposable
{
    public static readonly Caller Root = new("uid 0", Scope.Admin, true, null, TimeSpan.Zero);

    /// <summary>In memory: these tests are about order, not about the disk.</summary>
    readonly string _folder = Directory.CreateDirectory($"/dev/shm/meshmcp-{Guid.NewGuid():N}").FullName;
    double _uptime = 1000;

    public ModelNode()
    {
        Directory.CreateDirectory($"{_folder}/proc/sys/kernel/random");
        Boot("first boot");
    }

    public ModelSystem System { get; } = new();

    /// <summary>Systems whose steps run before; they count from the next boot on.</summary>
    public IReadOnlyList<ISystem> Before { get; set; } = [];
    /// <summary>Where documents come from, from the next boot on.</summary>
    public DeclaredFile Declared { get; set; } = new(null);
    /// <summary>Of the journal, before it is written anew; from the next boot on.</summary>
    public long Largest { get; set; } = NodeJournal.Largest;
    public AuditLog Audit { get; private set; } = null!;
    public NodeEngine Engine { get; private set; } = null!;
    public NodeStore Store { get; private set; } = null!;
    public SecretStore Secrets { get; private set; } = null!;
    public DriftSignal Drift { get; private set; } = null!;
    public IEnumerable<string> Host => System.Host;

    /// <summary>A new agent process on the same folder, after a reboot if the boot's name is new.</summary>
    public void Boot(string boot)
    {
        File.WriteAllText($"{_folder}/proc/sys/kernel/random/boot_id", boot);
        Wind(0);
        Store = new($"{_folder}/state", new BootClock($"{_folder}/proc"), largest: Largest);
        Secrets = new($"{_folder}/secrets");
        Engine?.Dispose();
        Drift = new();
        Audit?.Dispose();
        Audit = new(Directory.CreateDirectory($"{_folder}/audit").FullName, "vps", TimeProvider.System);
        Engine = new(new([.. Before, System], TimeProvider.System, NullLogger<Planner>.Instance, secrets: Secrets), Store, Declared, new(TimeProvider.System), Drift, TimeProvider.System, Audit, NullLogger<NodeEngine>.Instance);
    }

    public void Wind(double seconds)
    {
        _uptime += seconds;
        File.WriteAllText($"{_folder}/proc/uptime", _uptime.ToString(CultureInfo.InvariantCulture) + " 0");
    }

    /// <summary>Serves the MCP server, so that flows about port 9573 lie on the management path.</summary>
    public static ChangeRequest Declare(string flows, bool serves = false, int? confirmWithin = null, string? digest = null) => new()
    {
        Declared = JsonDocument.Parse($$"""
            { "openflow": { "bridges": { "mesh": { "flows": [{{string.Join(',', flows.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(f => $"\"priority=1,tcp,tp_dst={f},actions=drop\""))}}] } } }
              {{(serves ? """, "lxc": { "containers": [ { "id": "200", "veth": "veth200", "properties": { "services": [ { "name": "mcp", "port": 9573 } ] } } ] }""" : "")}} }
            """).RootElement,
        ConfirmWithin = confirmWithin,
        ExpectedDigest = digest,
    };

    public static ChangeRequest Add(string port) => new() { Edits = [new AddFlow($"priority=1,tcp,tp_dst={port},actions=drop", "mesh")] };

    public async Task<ApplyEvent.Finished> Apply(ChangeRequest request, Caller? caller = null) => await End(Engine.Apply(request, caller ?? Root));

    public async Task<ApplyEvent.Finished> Rollback(int? to = null) => await End(Engine.Rollback(new() { To = to }, Root));

    public string Ports() => string.Join(' ', Host.Select(f => f.Split("tp_dst=")[1].Split(',')[0]));

    public void Dispose()
    {
        Engine.Dispose();
        Audit.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    public static async Task<ApplyEvent.Finished> End(global::System.Threading.Channels.ChannelReader<ApplyEvent> events)
    {
        ApplyEvent? last = null;
        await foreach (var what in events.ReadAllAsync()) last = what;
        return Assert.IsType<ApplyEvent.Finished>(last);
    }
}
