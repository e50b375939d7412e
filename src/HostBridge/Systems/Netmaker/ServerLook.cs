using MeshMcp.Contracts.Errors;

namespace MeshMcp.HostBridge.Systems.Netmaker;

/// <summary>What the server's API says, remembered for some seconds: a node is observed far more often than its server changes.</summary>
sealed class ServerLook(NetmakerApi api, TimeProvider time)
{
    static readonly TimeSpan Fresh = TimeSpan.FromSeconds(5);

    (string Question, long At, ServerView? View, string? Trouble) last;

    public void Forget() => last = default;

    /// <param name="host">This host's id at the server; null before netclient's first run.</param>
    /// <returns>The view, or why there is none.</returns>
    public async Task<(ServerView? View, string? Trouble)> ViewAsync(ApiAccess at, string network, string? host, CancellationToken ct)
    {
        var question = $"{at.Endpoint} {at.MasterKey} {network} {host}";
        if (last.Question == question && time.GetElapsedTime(last.At) < Fresh) return (last.View, last.Trouble);
        var (view, trouble) = await AskAsync(at, network, host, ct);
        last = (question, time.GetTimestamp(), view, trouble);
        return (view, trouble);
    }

    /// <summary>Client mode: null when the server answers, otherwise why not.</summary>
    public async Task<string?> TroubleAsync(Uri endpoint, CancellationToken ct)
    {
        var question = $"{endpoint}";
        if (last.Question == question && time.GetElapsedTime(last.At) < Fresh) return last.Trouble;
        var trouble = await api.TroubleAsync(endpoint, ct);
        last = (question, time.GetTimestamp(), null, trouble);
        return trouble;
    }

    async Task<(ServerView?, string?)> AskAsync(ApiAccess at, string network, string? host, CancellationToken ct)
    {
        if (await api.TroubleAsync(at.Endpoint, ct) is { } trouble) return (null, trouble);
        try
        {
            var there = (await api.NetworksAsync(at, ct)).FirstOrDefault(n => n.NetId == network);
            if (there is null) return (new(false, null, null, []), null);
            var own = (await api.NodesAsync(at, ct)).FirstOrDefault(n => n.HostId == host && n.Network == network);
            return (new(true, there.AddressRange, own?.Id, own is null ? [] : [.. (await api.EgressAsync(at, network, ct)).Where(e => e.Nodes?.ContainsKey(own.Id) == true)]), null);
        }
        catch (MeshException e)
        {
            return (null, e.Message.TrimEnd('.'));
        }
    }
}
