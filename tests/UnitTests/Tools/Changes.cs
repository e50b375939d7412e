using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Nodes;

namespace MeshMcp.TestServers;

/// <summary>What a host bridge reports of changes.</summary>
static class Changes
{
    public static readonly PlannedStep Step = new("openflow", "flows", "add 1 flow", Details: ["+ priority=100,tcp,tp_dst=80,actions=output:veth200"]);

    public static Generation Generation(int number, GenerationStatus status, Confirmation? confirmation = null, MeshError? error = null) =>
        new(number, status, new(2026, 11, 22, 10, 0, 0, TimeSpan.Zero), "server/vps (says: alice)", "a test", "d1", number, [Step])
        {
            Edits = [$"add flow priority={number},actions=drop"],
            Confirmation = confirmation,
            Error = error,
        };

    public static AuditEntry Operation(string action, string parameters) =>
        new(1, new(2026, 11, 22, 10, 0, 0, TimeSpan.Zero), "vps", "server/vps", action, parameters, AuditEntry.Done, null, "", "", Says: "alice");

    public static ApplyEvent[] Run(Generation end, MeshError? error = null) =>
    [
        new ApplyEvent.Planned(new("p1", [Step], []), end.Number),
        new ApplyEvent.StepStarted(0, 1, Step),
        new ApplyEvent.StepDone(0),
        new ApplyEvent.Verifying(1),
        new ApplyEvent.Finished(error is null, end, error),
    ];

    public static Confirmation ByCaller(double since = 10, double left = 170) => new(180, default, ByCaller: true, CallerMustReconnect: true) { SecondsSince = since, SecondsLeft = left };

    public static Confirmation ByServer() => new(60, default, ByCaller: false, CallerMustReconnect: false) { SecondsSince = 0.1, SecondsLeft = 59.9 };
}
