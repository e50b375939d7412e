using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Store;
using MeshMcp.HostBridge.Systems.Wireguard;
using MeshMcp.UnitTests.Xray;
using Xunit;

namespace MeshMcp.UnitTests.Words;

/// <summary>Whatever a program says that was given a secret, nothing of the secret is answered, and nothing of it is stored.</summary>
[Collection(nameof(Alone))]
public sealed class NoSecretInWordsTests
{
    /// <summary>The device of the VPN server.</summary>
    const string Vpn = "wg0";

    static readonly (string Certificate, string Key) _pair = Pair();

    public static TheoryData<SecretKind, string> Every()
    {
        var all = new TheoryData<SecretKind, string>();
        foreach (var kind in Enum.GetValues<SecretKind>())
            foreach (var how in new[] { "malformed", "unusable" }) all.Add(kind, how);
        return all;
    }

    [Theory, MemberData(nameof(Every))]
    public async Task A_malformed_or_unusable_secret_of_every_kind_is_in_nothing_that_is_answered_or_stored(SecretKind kind, string how)
    {
        await using var node = await TalkingNode.StartAsync();
        var value = how == "malformed" ? Malformed(kind) : Unusable(kind);
        await node.PutAsync(NameOf(kind), kind, value);
        foreach (var (name, other) in Others(kind)) await node.PutAsync(name, other, Unusable(other));
        var state = StateWith(kind);

        await node.DeclareAsync(state);
        await node.AskAsync(state, value);
        node.Container.Faulty = true;
        await node.DeclareAsync(state);
        await node.AskAsync(state, value);
        (node.Container.Faulty, node.Container.Blind) = (false, true);
        await node.DeclareAsync(state);
        await node.AskAsync(state, value);

        var (heard, stored) = (node.Heard, node.Stored);
        Assert.Contains("secret:" + NameOf(kind), heard, StringComparison.Ordinal);
        Assert.Contains("secret:" + NameOf(kind), stored, StringComparison.Ordinal);
        Assert.Contains("lxc-start says: ", heard, StringComparison.Ordinal);
        if (ProgramOf(kind, how) is { } program) Assert.Contains(program, node.Programs.Started);
        // As the program gets a private key: with some bits of it fixed.
        var key = how == "unusable" && kind is SecretKind.WireguardKey or SecretKind.PresharedKey ? WireguardKey.Clamped(new(value)).Value : value;
        if (key != value) Assert.Contains(key[4..40], node.Programs.Given);
        foreach (var form in Forms.Of(value).Concat(Forms.Of(value.Trim())).Concat(Forms.Of(key)).SelectMany(f => new[] { f, JsonSerializer.Serialize(f)[1..^1] }).Distinct())
        {
            Assert.DoesNotContain(form, heard, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain(form, stored, StringComparison.OrdinalIgnoreCase);
        }
    }

    [Fact]
    public async Task What_the_answer_is_asked_for_is_in_it()
    {
        await using var node = await TalkingNode.StartAsync();
        await node.PutAsync("xray-user-alice", SecretKind.XrayId, Sections.AliceId);
        await node.LinksAsync(new() { Xray = new() { Server = Sections.V2rayServer with { Users = [new() { Name = "alice" }] } } }, "alice");

        Assert.Contains($"vless://{Sections.AliceId}@", node.Heard, StringComparison.Ordinal);
        Assert.DoesNotContain(Sections.AliceId, node.Stored, StringComparison.Ordinal);
    }

    [Fact]
    public void A_value_is_found_in_every_form_and_in_every_line_and_what_is_none_is_left()
    {
        var folder = Directory.CreateTempSubdirectory("meshmcp-mask-");
        try
        {
            var store = new SecretStore(Path.Combine(folder.FullName, "secrets"));
            var key = Convert.ToBase64String([.. Enumerable.Range(200, 32).Select(i => (byte)i)]);
            store.Put("key", SecretKind.WireguardKey, key + "\n");
            store.Put("short", SecretKind.File, "seven77");
            store.Put("profile", SecretKind.WarpProfile, $"[Interface]\nPrivateKey = {Unusable(SecretKind.PresharedKey)}\n[Peer]\nPublicKey = {key}\nEndpoint = one.example:2408\n");
            store.Put("id", SecretKind.XrayId, "11111111-1111-4111-8111-11111111aaaa");

            Assert.Equal("key secret:key, hex secret:key, url secret:key.", store.Mask($"key {key}, hex {Convert.ToHexString(Convert.FromBase64String(key))}, url {Uri.EscapeDataString(key)}."));
            Assert.Equal("""{"message":"it is secret:key","state":{"a":1}}""", store.MaskJson("{\"message\":\"it is " + key.Replace("+", "\\u002B", StringComparison.Ordinal) + "\",\"state\":{\"a\":1}}"));
            Assert.Equal("seven77", store.Mask("seven77"));
            Assert.Equal("bad key: `secret:profile'", store.Mask($"bad key: `{Unusable(SecretKind.PresharedKey)}'"));
            Assert.Equal("to one.example:2408", store.Mask("to one.example:2408"));
            Assert.Equal("secret:id secret:id", store.Mask("11111111-1111-4111-8111-11111111AAAA 1111111111114111811111111111aaaa"));

            // What was replaced or deleted may still be on somebody's tongue.
            store.Put("id", SecretKind.XrayId, "22222222-1111-4111-8111-11111111aaaa");
            store.Delete("id");
            Assert.Equal("secret:id secret:id", store.Mask("11111111-1111-4111-8111-11111111aaaa 22222222-1111-4111-8111-11111111aaaa"));

            // Put there by another program.
            File.WriteAllText(Path.Combine(folder.FullName, "secrets", "late.file"), "dropped-by-somebody");
            Assert.Equal("secret:late", store.Mask("dropped-by-somebody"));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>A device's own key is found by the device's name, the rest by what names it in the state.</summary>
    static string NameOf(SecretKind kind) => kind == SecretKind.WireguardKey ? WireguardKeys.NameOf(Vpn) : "the-one";

    /// <summary>A state that names the secret where its kind belongs.</summary>
    static NodeState StateWith(SecretKind kind)
    {
        var it = "secret:" + NameOf(kind);
        var state = new NodeState { Bridge = new() { Address = "10.1.0.1/24" } };
        return kind switch
        {
            SecretKind.WireguardKey or SecretKind.PresharedKey => state with
            {
                Wireguard = new()
                {
                    VpnServer = new()
                    {
                        Interface = Vpn,
                        ListenPort = 51999,
                        IpPool = "10.8.0.0/24",
                        Clients = [new() { Name = "anna", Address = "10.8.0.2", PublicKey = "cHVibGljLWtleS1vZi10aGlydHktdHdvLWJ5dGVzISE=", PresharedKey = kind == SecretKind.PresharedKey ? it : null }],
                    },
                },
            },
            SecretKind.WarpProfile => state with { Wireguard = new() { WarpTunnel = new() { Interface = "warp0", Profile = it, Enabled = true } } },
            SecretKind.XrayId => state with { Xray = new() { Exit = Sections.Exit(XrayProgram.V2ray) with { Id = it } } },
            SecretKind.TlsCertificate or SecretKind.TlsKey => state with
            {
                Xray = new()
                {
                    Server = Sections.V2rayServer with
                    {
                        Vless = new() { Port = 443, Security = XraySecurity.Tls, Certificate = kind == SecretKind.TlsCertificate ? it : "secret:other-certificate", Key = kind == SecretKind.TlsKey ? it : "secret:other-key" },
                        Users = [new() { Name = "alice" }],
                    },
                },
            },
            SecretKind.RealityKey => state with { Xray = new() { Server = Sections.RealityServer with { Vless = Sections.RealityServer.Vless! with { PrivateKey = it }, Users = [new() { Name = "alice" }] } } },
            SecretKind.NetmakerEnrollmentKey => state with { Netmaker = new() { Mode = NetmakerMode.Client, Network = "mesh", Interface = "netmaker", Server = "https://127.0.0.1:1", EnrollmentKey = it } },
            // Of these the container that talks says all: no unit test writes the server's file or a container's.
            SecretKind.NetmakerMasterKey or SecretKind.File => state,
            _ => throw new InvalidOperationException($"Say where a {kind} belongs."),
        };
    }

    /// <summary>The program that it must have come to; null where it comes to none here.</summary>
    static string? ProgramOf(SecretKind kind, string how) => (kind, how) switch
    {
        (SecretKind.RealityKey, _) => "xray",
        (SecretKind.XrayId or SecretKind.TlsCertificate or SecretKind.TlsKey, "unusable") => "v2ray",
        (SecretKind.WarpProfile or SecretKind.WireguardKey or SecretKind.PresharedKey, "unusable") => "wg",
        _ => null,
    };

    static IEnumerable<(string Name, SecretKind Kind)> Others(SecretKind kind) =>
    [
        ("xray-exit-id", SecretKind.XrayId), ("xray-user-alice", SecretKind.XrayId),
        .. kind == SecretKind.PresharedKey ? [(NameOf(SecretKind.WireguardKey), SecretKind.WireguardKey)] : Array.Empty<(string, SecretKind)>(),
        .. kind == SecretKind.TlsKey ? [("other-certificate", SecretKind.TlsCertificate)] : kind == SecretKind.TlsCertificate ? [("other-key", SecretKind.TlsKey)] : Array.Empty<(string, SecretKind)>(),
    ];

    /// <summary>Not in its form, with signs that URLs and JSON write otherwise.</summary>
    static string Malformed(SecretKind kind) => kind switch
    {
        SecretKind.WarpProfile => "[Interface]\nPrivateKey = wrong+key/of \"the\" profile\nSomething = else that is long\n",
        SecretKind.TlsCertificate or SecretKind.TlsKey => "-----BEGIN NOTHING-----\nbm90aGluZyBvZiB0aGUga2luZCBhdCBhbGwh+/\nbm90aGluZyBvZiB0aGUga2luZCBhdCBhbGwu\n-----END NOTHING-----\n",
        SecretKind.File => "password: \"wr+ng & <long>\"\nsecond line of the file\n",
        _ => $"wr+ng/{kind}-v\u00e4lue \"&<in>\" 100%",
    };

    /// <summary>In its form, and refused all the same.</summary>
    static string Unusable(SecretKind kind)
    {
        var bytes = SHA256.HashData(Encoding.UTF8.GetBytes($"unusable {kind}"));
        var key = Convert.ToBase64String(bytes);
        return kind switch
        {
            SecretKind.WireguardKey or SecretKind.PresharedKey => key,
            SecretKind.WarpProfile => $"[Interface]\nPrivateKey = {key}\nAddress = 172.16.0.2/32\n[Peer]\nPublicKey = {Convert.ToBase64String(SHA256.HashData(bytes))}\nAllowedIPs = 0.0.0.0/0\nEndpoint = 192.0.2.1:2408\n",
            SecretKind.XrayId => new Guid(bytes.AsSpan(0, 16)).ToString("D"),
            SecretKind.RealityKey => key.TrimEnd('=').Replace('+', '-').Replace('/', '_'),
            SecretKind.TlsCertificate => _pair.Certificate,
            SecretKind.TlsKey => _pair.Key,
            SecretKind.NetmakerEnrollmentKey => Convert.ToBase64String(Encoding.UTF8.GetBytes($$"""{"server":"api.nm.example","value":"{{key[..32]}}"}""")),
            _ => $"{key}\n{key[8..]} and more\n",
        };
    }

    static (string Certificate, string Key) Pair()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=vps.example", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        return (certificate.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }
}
