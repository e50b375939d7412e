using MeshMcp.Contracts.State;

namespace MeshMcp.UnitTests.Xray;

/// <summary>Sections and secrets that the tests start from.</summary>
static class Sections
{
    public const string AliceId = "11111111-1111-4111-8111-111111111111", BobId = "22222222-2222-4222-8222-222222222222", ExitId = "33333333-3333-4333-8333-333333333333";

    public static readonly IReadOnlyDictionary<string, string> Secrets = new Dictionary<string, string>
    {
        ["secret:xray-exit-id"] = ExitId + "\n",
        ["secret:xray-user-alice"] = AliceId,
        ["secret:bobs-id"] = BobId.ToUpperInvariant(),
        ["secret:reality-key"] = "private-key",
    };

    public static XrayServer V2rayServer => new()
    {
        Container = "202",
        Program = XrayProgram.V2ray,
        Host = "203.0.113.10",
        Vless = new() { Port = 443 },
        Vmess = new() { Port = 8443 },
        Exit = "10.0.0.102:10086",
        Users = [new() { Name = "alice" }, new() { Name = "bob", Id = "secret:bobs-id" }],
    };

    public static XrayServer RealityServer => V2rayServer with
    {
        Program = XrayProgram.Xray,
        Host = "vps.example",
        Vless = new()
        {
            Port = 443,
            Security = XraySecurity.Reality,
            Target = "www.example.com:443",
            PrivateKey = "secret:reality-key",
            PublicKey = "cHVibGljLWtleS1vZi10aGlydHktdHdvLWJ5dGVzISE",
            ShortIds = ["0123456789abcdef"],
            Flow = "xtls-rprx-vision",
        },
        Vmess = null,
    };

    public static XrayExit Exit(XrayProgram program) => new() { Container = "102", Program = program, AllowedNetworks = ["10.0.0.100/32"] };

    /// <summary>Content of a secret by its reference.</summary>
    public static string? SecretOf(string reference) => Secrets.GetValueOrDefault(reference);
}
