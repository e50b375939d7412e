using System.Threading.RateLimiting;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Joining;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.Trust;
using MeshMcp.HostBridge.Access;
using MeshMcp.HostBridge.Wire;

namespace MeshMcp.HostBridge.Joining;

/// <summary>Invitations, the requests of invited nodes, and the list of those that joined.</summary>
public sealed class JoiningRoutes(Enrollment enrollment, Renewal renewal, Revocations revocations) : INodeRoutes, IDisposable
{
    const int Guesses = 10;

    /// <summary>Of requests that show nothing valid: more are refused unread, so that a stranger can fill neither the audit nor our time.</summary>
    readonly FixedWindowRateLimiter _guesses = new(new() { PermitLimit = Guesses, Window = TimeSpan.FromMinutes(1) });

    public void Map(NodeRoutes routes)
    {
        routes.Ask("/v1/invites", Scope.Admin, MeshJson.Default.InviteRequest, MeshJson.Default.Invited,
            (_, caller, request) => Task.FromResult(enrollment.Invite(request, caller.Name)), request => request with { NetmakerKey = Hidden(request.NetmakerKey) });
        // Whoever may ask at all may hand a request on: the secret in it decides.
        routes.Ask("/v1/enroll", Scope.Read, MeshJson.Default.EnrollRequest, MeshJson.Default.Enrolled,
            (_, _, request) => Task.FromResult(enrollment.Enroll(request)), request => request with { Secret = Hidden(request.Secret), Csr = "", Renewal = request.Renewal is null ? null : new("", "") }, Admit);
        routes.Ask("/v1/renew", Scope.Admin, MeshJson.Default.RenewRequest, MeshJson.Default.Renewed, (context, _, request) => renewal.RunAsync(request, context.RequestAborted), request => request);
        routes.Ask("/v1/readmissions", Scope.Admin, MeshJson.Default.ReadmitRequest, MeshJson.Default.Readmission, (_, _, request) => Task.FromResult(enrollment.Readmit(request.Node)), request => request);
        routes.Public("/v1/revocations", MeshJson.Default.RevocationList, () => revocations.List);
        routes.Ask("/v1/revocations", Scope.Admin, MeshJson.Default.RevokeRequest, MeshJson.Default.RevocationList, (_, _, request) => Task.FromResult(enrollment.Revoke(request.What)), request => request);
        routes.Read("/v1/nodes", MeshJson.Default.JoinedNodes, _ => Task.FromResult(enrollment.Joined));
        routes.Delete("/v1/nodes/{name}", null, Scope.Admin, MeshJson.Default.JoinedNode, context => Task.FromResult(enrollment.Forget((string)context.Request.RouteValues["name"]!)));
    }

    public void Dispose() => _guesses.Dispose();

    void Admit(EnrollRequest request)
    {
        if (enrollment.IsGenuine(request)) return;
        using var lease = _guesses.AttemptAcquire();
        if (!lease.IsAcquired) throw new MeshException(ErrorKind.Unavailable, "Too many requests without a valid invitation came in.", "secret", "Try again in a minute; a valid invitation is still taken.");
    }

    static string? Hidden(string? secret) => secret is null ? null : $"sha256 {Invitation.Hash(secret)[..16]}";
}
