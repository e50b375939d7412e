namespace MeshMcp.Contracts.Trust;

/// <summary>Where a certificate and its private key lie, both PEM.</summary>
public sealed record CertificateFiles(string Certificate, string Key);
