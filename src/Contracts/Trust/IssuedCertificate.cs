namespace MeshMcp.Contracts.Trust;

/// <summary>A new leaf certificate and its private key, both as PEM text.</summary>
public sealed record IssuedCertificate(string CertificatePem, string KeyPem, DateTimeOffset Ends);

/// <summary>A new leaf certificate, as PEM text, of a key that somebody else holds.</summary>
public sealed record SignedCertificate(string CertificatePem, DateTimeOffset Ends);
