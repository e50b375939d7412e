using System.Text.Json;
using System.Text.Json.Serialization;

namespace MeshMcp.Server.Acme;

/// <summary>A public key as RFC 7517 has it; its members stand in the order in which RFC 7638 takes their hash.</summary>
sealed record AcmeJwk(string Crv, string Kty, string X, string Y);

/// <summary>What a request says of itself and has signed: <c>jwk</c> or <c>kid</c>, who asks.</summary>
sealed record SignedHeader(string Alg, string Nonce, string Url, AcmeJwk? Jwk, string? Kid);

/// <summary>A signed request (RFC 7515, flattened), each part in base64url.</summary>
sealed record SignedRequest(string Protected, string Payload, string Signature);

sealed record AccountRequest(bool TermsOfServiceAgreed, IReadOnlyList<string>? Contact);

sealed record OrderRequest(IReadOnlyList<AcmeIdentifier> Identifiers, string? Profile);

/// <param name="Csr">DER in base64url.</param>
sealed record FinalizeRequest(string Csr);

/// <summary>Asks the authority to look at the challenge now.</summary>
sealed record ReadyRequest;

// What an authority answers: anything may be missing, and is judged where it is needed.

sealed record AcmeDirectory(string? NewNonce, string? NewAccount, string? NewOrder, AcmeDirectory.Terms? Meta)
{
    internal sealed record Terms(string? TermsOfService, bool? ExternalAccountRequired, IReadOnlyDictionary<string, JsonElement>? Profiles);
}

/// <param name="Type"><c>dns</c> or <c>ip</c>.</param>
sealed record AcmeIdentifier(string? Type, string? Value);

sealed record OrderState(string? Status, IReadOnlyList<string>? Authorizations, string? Finalize, string? Certificate, AcmeProblem? Error);

sealed record AuthorizationState(string? Status, AcmeIdentifier? Identifier, IReadOnlyList<ChallengeState>? Challenges);

sealed record ChallengeState(string? Type, string? Url, string? Token, string? Status, AcmeProblem? Error);

/// <summary>Why not (RFC 7807 and 8555, 6.7).</summary>
sealed record AcmeProblem(string? Type, string? Detail, IReadOnlyList<AcmeProblem>? Subproblems, AcmeIdentifier? Identifier);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(AcmeJwk))]
[JsonSerializable(typeof(SignedHeader))]
[JsonSerializable(typeof(SignedRequest))]
[JsonSerializable(typeof(AccountRequest))]
[JsonSerializable(typeof(OrderRequest))]
[JsonSerializable(typeof(FinalizeRequest))]
[JsonSerializable(typeof(ReadyRequest))]
[JsonSerializable(typeof(AcmeDirectory))]
[JsonSerializable(typeof(OrderState))]
[JsonSerializable(typeof(AuthorizationState))]
[JsonSerializable(typeof(AcmeProblem))]
sealed partial class AcmeJson : JsonSerializerContext;
