using MeshMcp.Contracts.Errors;

namespace MeshMcp.Lab.Commands;

static class EnvCommand
{
    public static async Task<int> RunAsync(MeshLab lab)
    {
        var state = await lab.StateAsync() ?? throw new MeshException(ErrorKind.Unavailable, $"The lab '{lab.Site.Prefix}' is not up.");
        Console.WriteLine($"export MESHMCP_URL={state.Url} MESHMCP_TOKEN={state.Token} MESHMCP_API={state.Dashboard}");
        return 0;
    }
}
