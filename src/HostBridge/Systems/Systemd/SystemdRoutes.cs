using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.DBus;
using MeshMcp.HostBridge.Engine;
using MeshMcp.HostBridge.Store;
using MeshMcp.HostBridge.Wire;

namespace MeshMcp.HostBridge.Systems.Systemd;

/// <summary>How units are: those of the state, one by name, or those that fit a pattern.</summary>
public sealed class SystemdRoutes(NodeEngine engine, SystemdSystem system, SystemdUnits units, Ledger<UnitRecord> ledger) : INodeRoutes
{
    const int MostUnits = 100, JournalLines = 10;

    public void Map(NodeRoutes routes) => routes.Read("/v1/units", MeshJson.Default.UnitList, context => ReadAsync(context.Request.Query["name"], context.RequestAborted));

    async Task<UnitList> ReadAsync(string? name, CancellationToken ct)
    {
        if (name is not null && !UnitNames.IsValid(name.Replace('*', 'x')) && !name.EndsWith('*'))
            throw new MeshException(new MeshError(ErrorKind.InvalidArgument, $"\"{name}\" is no name of a unit.", "name", "Give one with its type, or a pattern: ssh.service, wg-quick@*.",
                [new("name", "no name of a unit", Nearest: UnitNames.IsValid($"{name}.service") ? [$"{name}.service"] : null)]));
        var desired = engine.Desired;
        try
        {
            IReadOnlyList<string> names = name is null ? [.. desired.Systemd?.Units.Keys ?? []] : name.Contains('*') ? await units.FindAsync(name, ct) : [name];
            var shown = new List<UnitStatus>();
            foreach (var one in names.Take(MostUnits)) shown.Add(await ShowAsync(one, desired, names.Count == 1, ct));
            return new(null, names.Count, shown);
        }
        catch (DBusException e)
        {
            return new(e.Message, 0, []);
        }
    }

    async Task<UnitStatus> ShowAsync(string name, NodeState desired, bool alone, CancellationToken ct)
    {
        var unit = await system.ReadAsync(name, ct);
        var failed = unit.ActiveState == "failed" || unit.Failure is not null;
        var record = ledger.Read().Values.FirstOrDefault(r => r.Unit == unit.Name);
        return new(unit.Name, unit.Description, unit.LoadState, unit.ActiveState, unit.SubState, unit.FileState)
        {
            Failure = unit.Failure,
            Wanted = desired.Systemd?.Units.GetValueOrDefault(name) ?? record?.Wanted,
            Before = record?.Before,
            Journal = alone || failed ? await units.JournalAsync(unit.Name, JournalLines, ct) : [],
        };
    }
}
