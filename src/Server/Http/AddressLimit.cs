using System.Threading.RateLimiting;

namespace MeshMcp.Server.Http;

/// <summary>How often one address may do something within a minute; beyond that its answer is 429.</summary>
sealed class AddressLimit(int perMinute) : IDisposable
{
    static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    readonly PartitionedRateLimiter<string> _limiter = PartitionedRateLimiter.Create<string, string>(address =>
        RateLimitPartition.GetFixedWindowLimiter(address, _ => new() { PermitLimit = perMinute, Window = Window }));

    /// <summary>Counts one more.</summary>
    public bool Admits(string address)
    {
        using var lease = _limiter.AttemptAcquire(address);
        return lease.IsAcquired;
    }

    /// <summary>Sets status and headers; the words are the door's own.</summary>
    /// <param name="after">When to come again; null: when the minute is over.</param>
    public static void Refuse(HttpResponse response, TimeSpan? after = null)
    {
        response.StatusCode = StatusCodes.Status429TooManyRequests;
        response.Headers.RetryAfter = $"{(after ?? Window).TotalSeconds}";
    }

    public void Dispose() => _limiter.Dispose();
}
