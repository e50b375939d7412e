using MeshMcp.Contracts.Trust;

namespace MeshMcp.Server.Http;

/// <summary>Who a request comes from, as far as its token says.</summary>
/// <param name="Scopes">With the ones each includes.</param>
/// <param name="Nodes">All when null.</param>
sealed record Caller(string Name, IReadOnlyList<Scope> Scopes, IReadOnlyList<string>? Nodes)
{
    /// <summary>Everyone, where no tokens are configured; allowed on loopback only.</summary>
    public static readonly Caller Anonymous = new("anonymous", Enum.GetValues<Scope>(), null);

    public static Caller Of(Token token)
    {
        var highest = token.Scopes.Max();
        return new(token.Name, [.. Enum.GetValues<Scope>().Where(s => s <= highest)], token.Nodes);
    }
}
