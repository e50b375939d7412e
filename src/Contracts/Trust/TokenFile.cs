using System.Text.Json;
using System.Text.Json.Serialization;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Files;

namespace MeshMcp.Contracts.Trust;

/// <summary>
/// The bearer tokens of an MCP server: a JSON array of <see cref="Token"/>, written by <c>meshctl token</c> and read by the server.
/// Every change replaces the file as a whole, so a reader sees the old or the new one, and keeps its owner, group and mode; of two changes at once none is lost.
/// </summary>
/// <param name="rights">Of a file that is not there yet; null: for its owner alone.</param>
public sealed class TokenFile(string path, TimeProvider time, FileRights? rights = null)
{
    const int LongestName = 64;

    public string Path { get; } = path;

    /// <summary>All tokens, expired ones too; none when there is no file.</summary>
    /// <exception cref="MeshException">InvalidArgument: the file is not an array of valid tokens, every fault with its path. PermissionDenied: it is there and cannot be read.</exception>
    public IReadOnlyList<Token> Read() => Content() is { } content ? Parse(content) : [];

    /// <summary>The file's bytes; null when there is none.</summary>
    /// <exception cref="MeshException">PermissionDenied: it is there and cannot be read.</exception>
    public byte[]? Content()
    {
        try
        {
            return File.ReadAllBytes(Path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            throw new MeshException(ErrorKind.PermissionDenied, $"The tokens file cannot be read: {e.Message}", Path, "The user that runs the server must be able to read it: by its owner, or by its group and mode 0640.", e);
        }
    }

    /// <exception cref="MeshException">InvalidArgument: not an array of valid tokens, every fault with its path.</exception>
    public IReadOnlyList<Token> Parse(byte[] content)
    {
        try
        {
            var tokens = JsonSerializer.Deserialize(content, TokenJson.Default.TokenArray) ?? [];
            Check(tokens);
            return tokens;
        }
        catch (JsonException e)
        {
            throw new MeshException(new MeshError(ErrorKind.InvalidArgument, $"The tokens file is not valid: {e.Message}", Path, Problems: [new(e.Path ?? "$", e.Message)]), e);
        }
    }

    /// <summary>Adds a token and returns its plain text, which exists nowhere else.</summary>
    /// <param name="expires">When it ends; never when absent.</param>
    /// <exception cref="MeshException">Conflict: the name is taken. InvalidArgument: name or scopes, or it is over already.</exception>
    public string Create(string name, IReadOnlyList<Scope> scopes, DateTimeOffset? expires = null, IReadOnlyList<string>? nodes = null)
    {
        if (expires <= time.GetUtcNow()) throw new MeshException(ErrorKind.InvalidArgument, $"{expires:u} is over already", name, "Give a time to come, or none.");
        return FileLock.Held(Path, () =>
        {
            var tokens = Read();
            if (tokens.Any(t => t.Name == name))
                throw new MeshException(ErrorKind.Conflict, $"There is already a token named '{name}'", Path, "Revoke it first, or take another name.");
            var plain = Token.NewPlain();
            var now = time.GetUtcNow();
            Write([.. tokens, new Token(name, scopes, Token.Hash(plain), now, expires, nodes)]);
            return plain;
        });
    }

    /// <exception cref="MeshException">NotFound, with the nearest names.</exception>
    public void Revoke(string name) => FileLock.Held(Path, () =>
    {
        var tokens = Read();
        if (tokens.All(t => t.Name != name))
            throw new MeshException(new MeshError(ErrorKind.NotFound, $"There is no token named '{name}'", Path,
                Problems: [new("name", "unknown", Nearest: Nearest.To(name, tokens.Select(t => t.Name)))]));
        Write([.. tokens.Where(t => t.Name != name)]);
        return tokens.Count;
    });

    void Write(Token[] tokens)
    {
        Check(tokens);
        AtomicFile.Write(Path, JsonSerializer.SerializeToUtf8Bytes(tokens, TokenJson.Default.TokenArray), FileRights.Of(Path) ?? rights ?? new(AtomicFile.Secret));
    }

    void Check(Token[] tokens)
    {
        List<Problem> problems = [];
        for (var i = 0; i < tokens.Length; i++)
        {
            if (tokens[i] is not { } token)
            {
                problems.Add(new($"[{i}]", "must be a token, not null"));
                continue;
            }
            if (token.Name.Length is 0 or > LongestName || !token.Name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-'))
                problems.Add(new($"[{i}].name", $"'{token.Name}' is not a name of 1-{LongestName} letters, digits, '.', '_' or '-'"));
            if (tokens.Take(i).Any(t => t?.Name == token.Name)) problems.Add(new($"[{i}].name", $"'{token.Name}' is used twice"));
            if (token.Scopes.Count == 0) problems.Add(new($"[{i}].scopes", "at least one of read, operate, admin is needed"));
            if (token.Sha256.Length != 64 || !token.Sha256.All(char.IsAsciiHexDigit)) problems.Add(new($"[{i}].sha256", "must be 64 hexadecimal digits"));
        }
        if (problems.Count > 0) throw new MeshException(new MeshError(ErrorKind.InvalidArgument, $"Invalid token: {problems[0].Message}", Path, Problems: problems));
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, WriteIndented = true, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true, UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Token[]))]
sealed partial class TokenJson : JsonSerializerContext;
