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
    SslStreamCertificateContext? _context;
    string? _stamp, _problem;

    TlsCertificate(CertificateFiles files) => _files = files;

    /// <summary>One without which nothing can be served.</summary>
    /// <exception cref="MeshException">InvalidArgument: not PEM, not a pair, or not readable.</exception>
    public static TlsCertificate Of(CertificateFiles files) => new(files) { _stamp = Stamp(files), _context = Load(files) };

    /// <summary>One that may come later: until its files are there, and can be used, it is for no name.</summary>
    public static TlsCertificate Awaited(CertificateFiles files) => new(files);

    /// <summary>For one handshake. Between the two moves of a renewal, and while the new pair cannot be used, it is the earlier.</summary>
    public SslStreamCertificateContext? Current(ILogger log)
    {
        lock (_gate)
        {
            var stamp = Stamp(_files);
            if (stamp != _stamp) Take(stamp, log);
            return _context;
        }
    }

    /// <summary>As <see cref="Current"/>, where it is for this name; null otherwise.</summary>
    /// <param name="name">A DNS name or an address; null or empty for who says none, and so comes by some address.</param>
    public SslStreamCertificateContext? For(string? name, ILogger log) => Current(log) is { } context && IsFor(context.TargetCertificate, name) ? context : null;

    static bool IsFor(X509Certificate2 certificate, string? name) =>
        string.IsNullOrEmpty(name) ? certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().Any(e => e.EnumerateIPAddresses().Any())
        : Uri.CheckHostName(name) != UriHostNameType.Unknown && certificate.MatchesHostname(name, allowCommonName: false);

    void Take(string stamp, ILogger log)
    {
        try
        {
            // The earlier one is not disposed of: handshakes that have begun use it.
            var isFirst = _context is null;
            _context = Load(_files);
            (_stamp, _problem) = (stamp, null);
            var ends = _context.TargetCertificate.NotAfter.ToUniversalTime();
            if (isFirst) LogFound(log, _files.Certificate, ends);
            else LogTaken(log, _files.Certificate, ends);
        }
        catch (MeshException e)
        {
            if (_problem == e.Message) return;
            if (_context is null) LogAwaited(log, _files.Certificate, e.Message);
            else LogKept(log, _files.Certificate, e.Message);
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

    [LoggerMessage(Level = LogLevel.Information, Message = "The public TLS certificate {File} is shown to who asks for one of its names; it is valid until {Ends}")]
    static partial void LogFound(ILogger log, string file, DateTime ends);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The public TLS certificate {File} is not there yet; until it is everybody sees the mesh's own: {Reason}")]
    static partial void LogAwaited(ILogger log, string file, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "The new TLS certificate {File} is not taken, the earlier stays in use: {Reason}")]
    static partial void LogKept(ILogger log, string file, string reason);
}
