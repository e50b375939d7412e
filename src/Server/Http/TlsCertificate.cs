using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Files;
using MeshMcp.Contracts.Trust;

namespace MeshMcp.Server.Http;

/// <summary>
/// What the server shows in the TLS handshake: the certificate of the file with the others that are in it. Looked at for each connection and read again
/// when it is another, so that a renewal needs no restart; connections that are open go on.
/// </summary>
sealed partial class TlsCertificate
{
    readonly CertificateFiles _files;
    readonly Lock _gate = new();
    SslStreamCertificateContext _context;
    string _stamp;
    string? _problem;

    /// <exception cref="MeshException">InvalidArgument: not PEM, not a pair, or not readable.</exception>
    public TlsCertificate(CertificateFiles files) => (_files, _stamp, _context) = (files, Stamp(files), Load(files));

    /// <summary>For one handshake. Between the two moves of a renewal, and while the new pair cannot be used, it is the earlier.</summary>
    public SslServerAuthenticationOptions Options(ILogger log)
    {
        lock (_gate)
        {
            var stamp = Stamp(_files);
            if (stamp != _stamp) Take(stamp, log);
            return new() { ServerCertificateContext = _context };
        }
    }

    void Take(string stamp, ILogger log)
    {
        try
        {
            // The earlier one is not disposed of: handshakes that have begun use it.
            _context = Load(_files);
            (_stamp, _problem) = (stamp, null);
            LogTaken(log, _files.Certificate, _context.TargetCertificate.NotAfter.ToUniversalTime());
        }
        catch (MeshException e)
        {
            if (_problem != e.Message) LogKept(log, _files.Certificate, e.Message);
            _problem = e.Message;
        }
    }

    static SslStreamCertificateContext Load(CertificateFiles files)
    {
        try
        {
            X509Certificate2Collection chain = [];
            chain.ImportFromPemFile(files.Certificate);
            return SslStreamCertificateContext.Create(X509Certificate2.CreateFromPemFile(files.Certificate, files.Key), chain, offline: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            throw new MeshException(ErrorKind.InvalidArgument, $"The TLS certificate cannot be used: {e.Message}", files.Certificate,
                "tls.certificate and tls.key must be PEM files of one pair that this user may read.", e);
        }
    }

    static string Stamp(CertificateFiles files) => $"{FileStamp.Of(files.Certificate)} {FileStamp.Of(files.Key)}";

    [LoggerMessage(Level = LogLevel.Information, Message = "The TLS certificate {File} was renewed and is valid until {Ends}")]
    static partial void LogTaken(ILogger log, string file, DateTime ends);

    [LoggerMessage(Level = LogLevel.Error, Message = "The new TLS certificate {File} is not taken, the earlier stays in use: {Reason}")]
    static partial void LogKept(ILogger log, string file, string reason);
}
