using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Trust;

namespace MeshMcp.Server.Http;

/// <summary>The valid tokens now: the file is looked at for each request, and parsed when it is another. While it is there and cannot be read, no token is valid: one that was revoked must not go on working.</summary>
sealed partial class TokenWatch(TokenFile file, TimeProvider time, ILogger<TokenWatch> log)
{
    readonly Lock _gate = new();
    byte[]? _content;
    bool _looked;
    string? _problem;
    IReadOnlyList<Token> _tokens = [];

    /// <summary>Why nobody is let in; null when all is well.</summary>
    public string? Problem
    {
        get
        {
            lock (_gate)
            {
                Look();
                return _problem;
            }
        }
    }

    public Caller? Find(string plain) => Token.Find(Current(), plain, time.GetUtcNow()) is { } token ? Caller.Of(token) : null;

    IReadOnlyList<Token> Current()
    {
        lock (_gate)
        {
            Look();
            return _tokens;
        }
    }

    void Look()
    {
        try
        {
            var content = file.Content();
            if (_looked && _problem is null && Same(content, _content)) return;
            _looked = true;
            _tokens = content is null ? [] : file.Parse(content);
            (_content, _problem) = (content, null);
            LogRead(log, _tokens.Count, file.Path);
        }
        catch (MeshException e)
        {
            _tokens = [];
            if (_problem != e.Message) LogUnreadable(log, file.Path, e.Message);
            _problem = e.Message;
        }
    }

    static bool Same(byte[]? a, byte[]? b) => a is null || b is null ? a == b : a.AsSpan().SequenceEqual(b);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Count} tokens read from {File}")]
    static partial void LogRead(ILogger log, int count, string file);

    [LoggerMessage(Level = LogLevel.Error, Message = "Nobody is let in: {File} is no list of tokens: {Reason}")]
    static partial void LogUnreadable(ILogger log, string file, string reason);
}
