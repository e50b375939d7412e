using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Trust;

namespace MeshMcp.Server.Http;

/// <summary>The valid tokens now: the file is read again when it changed.</summary>
sealed partial class TokenWatch(TokenFile file, TimeProvider time, ILogger<TokenWatch> log)
{
    readonly Lock _gate = new();
    (DateTime Written, long Length)? _seen;
    IReadOnlyList<Token> _tokens = [];

    public Caller? Find(string plain) => Token.Find(Current(), plain, time.GetUtcNow()) is { } token ? Caller.Of(token) : null;

    IReadOnlyList<Token> Current()
    {
        lock (_gate)
        {
            var now = Look();
            if (now == _seen) return _tokens;
            try
            {
                _tokens = file.Read();
                LogRead(log, _tokens.Count, file.Path);
            }
            catch (MeshException e)
            {
                // A slip of the pen must not lock everyone out; what was valid stays so until the file can be read.
                LogUnreadable(log, file.Path, e.Message);
            }
            _seen = now;
            return _tokens;
        }
    }

    (DateTime, long) Look()
    {
        var info = new FileInfo(file.Path);
        return info.Exists ? (info.LastWriteTimeUtc, info.Length) : default;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Count} tokens read from {File}")]
    static partial void LogRead(ILogger log, int count, string file);

    [LoggerMessage(Level = LogLevel.Error, Message = "The tokens of {File} stay as they were: {Reason}")]
    static partial void LogUnreadable(ILogger log, string file, string reason);
}
