using System.Runtime.CompilerServices;
using System.Text.Json.Serialization;
using MeshMcp.HostBridge.Access;
using MeshMcp.HostBridge.Store;

namespace MeshMcp.HostBridge.Systems.Tuning;

/// <summary>Settings of the kernel's network.</summary>
sealed class TuningModule : SystemModule
{
    public override string Name => "tuning";

    /// <summary>What units set when they start is set before.</summary>
    public override IReadOnlyList<string> After => ["systemd"];

    public override void AddTo(IServiceCollection services, BridgeConfiguration configuration)
    {
        services.AddSystem<TuningSystem>();
        services.AddSingleton(new Ledger<string>(Path.Combine(configuration.State, "tuning.json"), TuningJson.Default.IReadOnlyDictionaryStringString));
    }

    [ModuleInitializer]
    internal static void Register() => SystemModules.Register(new TuningModule());
}

/// <summary>JSON of what settings were before.</summary>
[JsonSerializable(typeof(IReadOnlyDictionary<string, string>))]
sealed partial class TuningJson : JsonSerializerContext;
