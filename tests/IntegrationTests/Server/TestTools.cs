using System.Globalization;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Trust;
using MeshMcp.Tools.Calls;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace MeshMcp.IntegrationTests.Server;

/// <summary>Tools that show what the host layer gave them.</summary>
sealed class TestTools
{
    readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Calls of <c>wait</c> that have begun, and those that were cancelled.</summary>
    public int Waiting, Cancelled;

    public IEnumerable<McpServerTool> All() =>
    [
        Tool("who", Who), Tool("change", Change), Tool("reboot", Reboot), Tool("refuse", Refuse), Tool("break", Break), Tool("wait", WaitAsync), Tool("close", CloseAsync),
    ];

    /// <summary>Lets every <c>wait</c> finish.</summary>
    public void Release() => _released.TrySetResult();

    /// <summary>A resource that takes as long as the tool <c>wait</c>.</summary>
    public Task<string> SlowAsync(CancellationToken ct) => WaitAsync(ct);

    public static string Missing() => throw new MeshException(ErrorKind.NotFound, "There is no such thing");

    [RequiresScope(Scope.Read)]
    static string Who(RequestContext<CallToolRequestParams> context)
    {
        var call = context.Call();
        return string.Create(CultureInfo.InvariantCulture, $"{call.CallerName} {string.Join('+', call.Scopes)} {call.IsLocal} {call.ConnectionAge.TotalMilliseconds}");
    }

    [RequiresScope(Scope.Operate)]
    static string Change(string node, int times = 1) => $"changed {node} {times}";

    static string Reboot() => "rebooting";

    [RequiresScope(Scope.Read)]
    static string Refuse() => throw new MeshException(new MeshError(ErrorKind.InvalidArgument, "The flow is malformed", "vps", "Correct it.",
        [new("flow", "there is no port 'veth20'", 7, ["veth200", "veth201"])]));

    [RequiresScope(Scope.Read)]
    static string Break() => throw new InvalidOperationException("secret detail");

    [RequiresScope(Scope.Read)]
    async Task<string> WaitAsync(CancellationToken ct)
    {
        Interlocked.Increment(ref Waiting);
        try
        {
            await _released.Task.WaitAsync(ct);
            return "waited";
        }
        catch (OperationCanceledException)
        {
            Interlocked.Increment(ref Cancelled);
            throw;
        }
    }

    /// <param name="progress">Reported before, so that the headers of the answer are gone already.</param>
    [RequiresScope(Scope.Operate)]
    static async Task<string> CloseAsync(RequestContext<CallToolRequestParams> context, IProgress<ProgressNotificationValue> progress, bool late = false)
    {
        if (late) progress.Report(new() { Progress = 1 });
        await Task.Yield();
        context.Call().CloseAfterAnswer();
        return "closing";
    }

    static McpServerTool Tool(string name, Delegate call) => McpServerTool.Create(call, new() { Name = name, Description = name });
}
