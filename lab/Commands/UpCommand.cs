namespace MeshMcp.Lab.Commands;

/// <summary>Brings the lab up, applies the example states and says how to use it.</summary>
static class UpCommand
{
    public static async Task<int> RunAsync(MeshLab lab, int? port)
    {
        if (await lab.StateAsync() is { } up)
        {
            Console.WriteLine($"The lab '{up.Prefix}' is up.");
        }
        else
        {
            up = await lab.UpAsync(port, progress: new Printed());
        }
        Console.Write(Summary.Of(up));
        return 0;
    }
}
