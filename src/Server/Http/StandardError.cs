using MeshMcp.Contracts.Logs;
using Microsoft.Extensions.Logging.Console;

namespace MeshMcp.Server.Http;

/// <summary>Logs go to standard error, one line each: standard output belongs to the protocol.</summary>
static class StandardError
{
    public static void AddTo(ILoggingBuilder logging)
    {
        if (Journal.Has(2)) logging.AddSystemdConsole();
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
}
