using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using MeshMcp.Contracts.Errors;
using MeshMcp.Server.Acme;
using Xunit;

namespace MeshMcp.UnitTests.Acme;

public sealed class AcmeKeyTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("meshmcp-acme-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_thumbprint_is_as_in_the_example_of_RFC_7638() => Assert.Equal("NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs", AcmeKey.ThumbprintOf(
        """{"e":"AQAB","kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"}"""));

    /// <summary>The key of RFC 7515, A.3.1; its thumbprint by the rule of RFC 7638, 3.</summary>
    [Fact]
    public void A_key_is_told_as_RFC_7515_tells_it_and_its_thumbprint_is_of_its_members_in_their_order()
    {
        using var key = Known();
        Assert.Equal(new AcmeJwk("P-256", "EC", "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"), key.Jwk);
        Assert.Equal(AcmeKey.ThumbprintOf($$"""{"crv":"P-256","kty":"EC","x":"{{key.Jwk.X}}","y":"{{key.Jwk.Y}}"}"""), key.Thumbprint);
        Assert.Equal($"a-token.{key.Thumbprint}", key.Answer("a-token"));
    }

    /// <summary>The signature of RFC 7515, A.3.1 is verified as ours are made: so both are of one form.</summary>
    [Fact]
    public void A_signature_is_of_the_form_of_RFC_7515()
    {
        const string Input = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
        using var key = Known();
        foreach (var signature in new[] { "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q", key.Sign(Input) })
            Assert.True(Verifies(key.Jwk, Input, signature));
    }

    /// <summary>RFC 8555, 6.2: flattened, with <c>alg</c>, <c>nonce</c>, <c>url</c>, and one of <c>jwk</c> and <c>kid</c>; the payload of what is only read is empty.</summary>
    [Theory]
    [InlineData(null, "{}")]
    [InlineData("https://ca.example/acct/1", "")]
    public void A_request_is_as_RFC_8555_has_it(string? account, string payload)
    {
        using var key = Known();
        var request = JsonDocument.Parse(key.Signed("https://ca.example/order", "a-nonce", account, Encoding.UTF8.GetBytes(payload))).RootElement;

        Assert.Equal(["payload", "protected", "signature"], request.EnumerateObject().Select(p => p.Name).Order());
        var header = JsonDocument.Parse(Base64Url.DecodeFromChars(Text("protected"))).RootElement;
        Assert.Equal(account is null ? ["alg", "jwk", "nonce", "url"] : ["alg", "kid", "nonce", "url"], header.EnumerateObject().Select(p => p.Name).Order());
        Assert.Equal(("ES256", "a-nonce", "https://ca.example/order"), (header.GetProperty("alg").GetString(), header.GetProperty("nonce").GetString(), header.GetProperty("url").GetString()));
        Assert.Equal(payload, Encoding.UTF8.GetString(Base64Url.DecodeFromChars(Text("payload"))));
        Assert.True(Verifies(key.Jwk, $"{Text("protected")}.{Text("payload")}", Text("signature")));

        string Text(string name) => request.GetProperty(name).GetString()!;
    }

    [Fact]
    public void A_key_is_made_once_and_kept_for_its_user_alone()
    {
        var file = Path.Combine(_folder, "account.key");
        using var made = AcmeKey.Keep(file);
        using var kept = AcmeKey.Keep(file);
        Assert.Equal(made.Thumbprint, kept.Thumbprint);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
    }

    [Fact]
    public void A_file_that_is_no_key_of_ours_is_refused_and_stays()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        var file = Path.Combine(_folder, "account.key");
        foreach (var content in new[] { "", "nonsense", other.ExportPkcs8PrivateKeyPem(), Known().Thumbprint })
        {
            File.WriteAllText(file, content);
            Assert.Equal(ErrorKind.InvalidArgument, Assert.Throws<MeshException>(() => AcmeKey.Keep(file)).Error.Kind);
            Assert.Equal(content, File.ReadAllText(file));
        }
    }

    static AcmeKey Known()
    {
        using var key = ECDsa.Create(new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256,
            Q = new() { X = Base64Url.DecodeFromChars("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"), Y = Base64Url.DecodeFromChars("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0") },
            D = Base64Url.DecodeFromChars("jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"),
        });
        return AcmeKey.FromPem(key.ExportPkcs8PrivateKeyPem());
    }

    static bool Verifies(AcmeJwk jwk, string text, string signature)
    {
        using var key = ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = new() { X = Base64Url.DecodeFromChars(jwk.X), Y = Base64Url.DecodeFromChars(jwk.Y) } });
        return key.VerifyData(Encoding.ASCII.GetBytes(text), Base64Url.DecodeFromChars(signature), HashAlgorithmName.SHA256);
    }
}
