using System.Net;
using MeshMcp.Contracts.Errors;

namespace MeshMcp.Server.Http;

/// <summary>Beyond loopback nobody gets in without a token, and no token travels in the clear.</summary>
static class Exposure
{
    /// <summary>What must be configured before the server may listen there; paths as in its configuration.</summary>
    public static IReadOnlyList<Problem> Check(HttpSettings settings)
    {
        if (IPAddress.IsLoopback(settings.Listen.Address)) return [];
        List<Problem> problems = [];
        if (settings.Tokens is null) problems.Add(new("tokens", $"is needed to listen on {settings.Listen}, beyond loopback; make one with meshctl token create"));
        if (settings.Certificate is null && !settings.BehindProxy)
            problems.Add(new("tls", $"is needed to listen on {settings.Listen}, beyond loopback; or set behindProxy to true where a proxy ends TLS"));
        return problems;
    }
}
