namespace MeshMcp.Lab.Commands;

static class StatusCommand
{
    /// <summary>Exit code 1 when the lab is not up.</summary>
    public static async Task<int> RunAsync(MeshLab lab)
    {
        if (await lab.StateAsync() is not { } state)
        {
            Console.WriteLine($"The lab '{lab.Site.Prefix}' is not up.");
            return 1;
        }
        Console.Write(Summary.Of(state));
        Console.WriteLine($"{"supervisor",-28}{state.Supervisor}");
        foreach (var daemon in state.Daemons) Console.WriteLine($"{daemon.Name,-28}{(daemon.Pid is { } pid ? $"{pid}" : "not running")}");
        return 0;
    }
}
