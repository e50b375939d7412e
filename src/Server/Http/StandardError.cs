using Microsoft.Extensions.Logging.Console;

namespace MeshMcp.Server.Http;

/// <summary>Logs go to standard error, one line each: standard output belongs to the protocol. The journal gets them with their level, and has the time itself.</summary>
static class StandardError
{
    public static void AddTo(ILoggingBuilder logging)
    {
        if (IsJournal) logging.AddSystemdConsole();
        else logging.AddSimpleConsole(o =>
        {
            o.SingleLine = true;
            o.UseUtcTimestamp = true;
            o.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
            o.ColorBehavior = LoggerColorBehavior.Disabled;
        });
        logging.Services.Configure<ConsoleLoggerOptions>(o => o.LogToStandardErrorThreshold = LogLevel.Trace);
        logging.AddFilter(nameof(Microsoft), LogLevel.Warning);
        // It logs every wrong request of a client with a stack; faults of our own are logged where they are answered.
        logging.AddFilter(nameof(ModelContextProtocol), LogLevel.Critical);
    }

    /// <summary>systemd says which device and inode the journal's socket has; a program whose standard error was led elsewhere inherits the words.</summary>
    static bool IsJournal => Environment.GetEnvironmentVariable("JOURNAL_STREAM")?.Split(':') is [_, var inode]
        && File.ResolveLinkTarget("/proc/self/fd/2", returnFinalTarget: false)?.Name == $"socket:[{inode}]";
}
