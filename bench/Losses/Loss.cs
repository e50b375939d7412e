using MeshMcp.Lab;

namespace MeshMcp.Bench.Losses;

/// <summary>A part that is taken away, and what is watched meanwhile.</summary>
/// <param name="Lost">As the report names it.</param>
/// <param name="Watched">What the probe stands for, as the report names it.</param>
/// <param name="Take">Takes the part away, once.</param>
/// <param name="Probe">True while what is watched works; it answers within a second.</param>
sealed record Loss(string Lost, string Watched, Func<Task> Take, Func<CancellationToken, Task<bool>> Probe);

/// <summary>The losses of the page: each part of the two-node lab, and the traffic or calls that need it.</summary>
static class LossList
{
    const string Far = MeshUnderTest.Node, Near = "vps", Web = "198.18.80.80";

    public static IReadOnlyList<Loss> Of(MeshLab lab, LabState state, ContainerProbes probes)
    {
        var (across, warp) = ("ping from container 200 to container 100", "ping from container 102 to the internet");
        return
        [
            new($"`ovs-vswitchd` of {Far}, killed", across, () => KillAsync($"{Far}/ovs-vswitchd"), probes.Across),
            new($"`ovsdb-server` of {Far}, killed", across, () => KillAsync($"{Far}/ovsdb-server"), probes.Across),
            new($"host bridge of {Far}, killed", across, () => KillAsync($"{Far}/hostbridge"), probes.Across),
            new($"host bridge of {Far}, killed", "calls to its socket", () => KillAsync($"{Far}/hostbridge"), probes.NodeAnswers),
            new($"relay of {Far}, killed", "`list_flows` of that node", () => KillAsync($"{Far}/relay"), probes.CallReaches),
            new("MCP server's process, killed", "the server's health page, through the published port", () => lab.In(Near, "pkill", "-9", "-f", "meshmcp-server mcp").TextAsync(), probes.ServerAnswers),
            new("init of container 200, killed", "the server's health page", async () => Kill(await probes.InitAsync(Near, "200")), probes.ServerAnswers),
            new("LXC's monitor of container 100, killed", across, async () => Kill(ParentOf(await probes.InitAsync(Far, "100"))), probes.Across),
            new($"`wireguard-go` of `warp0`, killed", warp, () => lab.In(Far, "pkill", "-9", "-f", "wireguard-go warp0").TextAsync(), probes.Out),
            new("the policy rule that leads into `warp0`, deleted", warp, () => lab.In(Far, "ip", "rule", "del", "preference", "1004").TextAsync(), probes.Out),
            new($"`netclient` of {Far}, killed", across, () => KillAsync($"{Far}/netclient"), probes.Across),
            new("Netmaker's device, deleted", across, () => lab.In(Far, "ip", "link", "delete", "nm-privacy").TextAsync(), probes.Across),
            new($"our nftables table on {Near}, deleted", "the API's health page, through the published port", () => lab.In(Near, "nft", "delete", "table", "ip", "meshmcp").TextAsync(), probes.Published),
        ];

        async Task KillAsync(string daemon) => Kill((await lab.StateAsync())!.Daemons.First(d => d.Name == daemon).Pid!.Value);
    }

    static void Kill(int pid)
    {
        using var process = System.Diagnostics.Process.GetProcessById(pid);
        process.Kill();
    }

    /// <summary>Fourth field of the line, counted after the program's name, which may have spaces.</summary>
    static int ParentOf(int pid) => int.Parse(File.ReadAllText($"/proc/{pid}/stat").Split(") ")[^1].Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
}
