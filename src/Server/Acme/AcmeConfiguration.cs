using System.Net;
using System.Text.RegularExpressions;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Trust;
using MeshMcp.Server.Roles;

namespace MeshMcp.Server.Acme;

/// <summary>The file of <c>meshmcp-server acme</c>. What the role keeps lies in folders beside it: <c>account</c>, its own, and <c>public</c>, which servers read.</summary>
/// <param name="Folder">Where the file lies.</param>
/// <param name="Names">What the certificate is for: DNS names and IP addresses, each once, as certificates have them.</param>
/// <param name="Listen">Where the authority's question arrives that it asks on port 80 of each name.</param>
public sealed partial record AcmeConfiguration(string Folder, IReadOnlyList<string> Names, Uri Directory, IPEndPoint Listen)
{
    public const string DefaultPath = "/etc/meshmcp/acme/acme.json";

    const string LetsEncrypt = "https://acme-v02.api.letsencrypt.org/directory";
    const int MostNames = 100;

    static readonly IPEndPoint DefaultListen = new(IPAddress.Any, 80);

    static readonly string[] Fields = ["names", "termsAgreed", "contact", "directory", "profile", "trust", "listen"];

    /// <summary>A mail address that the authority may write to.</summary>
    public string? Contact { get; private init; }

    /// <summary>Which of the directory's kinds of certificates; null: its usual one.</summary>
    public string? Profile { get; private init; }

    /// <summary>Roots (PEM) that alone vouch for the directory, in the place of the system's.</summary>
    public string? Trust { get; private init; }

    public CertificateFiles Certificate => new(Path.Combine(Folder, "public", "tls.crt"), Path.Combine(Folder, "public", "tls.key"));

    public string AccountKey => Path.Combine(Folder, "account", "account.key");

    /// <summary>Says which directory the certificate is of.</summary>
    public string IssuedBy => Path.Combine(Folder, "account", "issued-by");

    /// <exception cref="MeshException">NotFound or PermissionDenied for the file; InvalidArgument with every problem in it.</exception>
    public static AcmeConfiguration Read(string path) => Parse(ConfigurationFile.Text(path), path);

    /// <exception cref="MeshException">InvalidArgument with every problem.</exception>
    public static AcmeConfiguration Parse(string json, string path) => ConfigurationFile.Parse(json, path, Fields, root => Of(root, Path.GetDirectoryName(Path.GetFullPath(path))!));

    static AcmeConfiguration Of(ConfigurationObject root, string folder)
    {
        var names = root.Texts("names", IsName, "a DNS name in ASCII without * or an IP address, such as mesh.example or 203.0.113.10").Select(Normal).Distinct().ToList();
        if (names.Count is 0 or > MostNames) root.Fault("names", $"must be a list of 1 to {MostNames} names or addresses that this machine is reached by");
        if (!root.Flag("termsAgreed")) root.Fault("termsAgreed", "must be true: it says that you read the terms of service of the directory's authority and agree (of Let's Encrypt: https://letsencrypt.org/repository/)");
        return new(folder, names, DirectoryOf(root), ListenOf(root))
        {
            Contact = Matching(root, "contact", Mail(), "a mail address"),
            Profile = Matching(root, "profile", Word(), "a profile's name"),
            Trust = root.File("trust"),
        };
    }

    static Uri DirectoryOf(ConfigurationObject root)
    {
        var text = root.Text("directory") ?? LetsEncrypt;
        if (Uri.TryCreate(text, UriKind.Absolute, out var url) && url is { Scheme: "https", UserInfo: "", Fragment: "" }) return url;
        root.Fault("directory", $"'{text}' is not the https URL of an ACME directory");
        return new(LetsEncrypt);
    }

    static IPEndPoint ListenOf(ConfigurationObject root)
    {
        if (!root.Has("listen")) return DefaultListen;
        var address = root.Address("listen");
        if (address is DnsEndPoint) root.Fault("listen", "must be an IP address and a port");
        return address as IPEndPoint ?? DefaultListen;
    }

    static string? Matching(ConfigurationObject root, string field, Regex form, string what)
    {
        if (root.Text(field) is not { } text || form.IsMatch(text)) return root.Text(field);
        root.Fault(field, $"'{text}' is not {what}");
        return null;
    }

    static bool IsName(string text) => Uri.CheckHostName(text) switch
    {
        UriHostNameType.Dns => Dns().IsMatch(text) && text.Length <= 253,
        // With a zone an address is this machine's alone.
        UriHostNameType.IPv4 or UriHostNameType.IPv6 => !text.Contains('%', StringComparison.Ordinal) && !text.StartsWith('['),
        _ => false,
    };

    static string Normal(string name) => IPAddress.TryParse(name, out var address) ? address.ToString() : name.ToLowerInvariant();

    [GeneratedRegex(@"\A[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*\z")]
    private static partial Regex Dns();

    [GeneratedRegex(@"\A[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9.-]{1,253}\z")]
    private static partial Regex Mail();

    [GeneratedRegex(@"\A[A-Za-z0-9_-]{1,64}\z")]
    private static partial Regex Word();
}
