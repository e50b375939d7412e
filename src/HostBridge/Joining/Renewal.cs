using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Joining;
using MeshMcp.Contracts.Trust;
using MeshMcp.HostBridge.Access;

namespace MeshMcp.HostBridge.Joining;

/// <summary>Gets this node a new certificate with a new key, by the certificate it has, and puts both in place of the old ones. The relay reads them by itself.</summary>
public sealed class Renewal(BridgeConfiguration configuration, TimeProvider time) : IDisposable
{
    readonly SemaphoreSlim _one = new(1, 1);

    /// <exception cref="MeshException">NotSupported without <c>identity</c>; the refusal of the node that signs; Unavailable.</exception>
    public async Task<Renewed> RunAsync(RenewRequest request, CancellationToken ct)
    {
        var identity = configuration.Identity ?? throw new MeshException(ErrorKind.NotSupported, "This agent does not know the node's certificate.", "identity",
            "Name ca, certificate and key under \"identity\" in hostbridge.json.");
        var url = request.Url ?? identity.RenewFrom ?? throw new MeshException(ErrorKind.InvalidArgument, "Whom should the node ask?", "url", $"Give {EnrollmentUrl.Form}, or set identity.renewFrom in hostbridge.json.");
        await _one.WaitAsync(ct);
        try
        {
            return await RunAsync(identity, url, request.Address, ct);
        }
        finally
        {
            _one.Release();
        }
    }

    async Task<Renewed> RunAsync(IdentityFiles identity, string url, string? address, CancellationToken ct)
    {
        var files = new CertificateFiles(identity.Certificate, identity.Key);
        var credentials = MeshCredentials.Read(identity.Ca, files);
        if (!MeshIdentity.TryRead(credentials.Certificate, out var own)) throw new MeshException(ErrorKind.InvalidArgument, "The present certificate carries no name of a node.", identity.Certificate, "Join again with an invitation.");
        var signing = SigningRequest.Create(own.Name);
        var answer = await new EnrollmentClient(url, time).EnrollAsync(await File.ReadAllTextAsync(identity.Ca, ct),
            new(own.Name, signing.CsrPem, Address: address, Renewal: SigningRequest.Prove(signing.CsrPem, credentials.Certificate)), ct);
        signing.Check(answer.Certificate, credentials.Trust, own.Name, time.GetUtcNow());
        CertificatePair.Replace(files, answer.Certificate, signing.KeyPem);
        return new(own.Name, answer.Ends);
    }

    public void Dispose() => _one.Dispose();
}
