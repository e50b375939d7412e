using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Threading.Channels;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.Nodes;
using MeshMcp.HostBridge.Access;
using MeshMcp.HostBridge.Audit;
using MeshMcp.HostBridge.Store;
using Microsoft.AspNetCore.Http.Features;

namespace MeshMcp.HostBridge.Wire;

/// <summary>Bodies in and out: one JSON object, or JSON lines as things happen.</summary>
static class Wire
{
    const string Json = "application/json; charset=utf-8", JsonLines = "application/x-ndjson";
    static readonly byte[] NewLine = "\n"u8.ToArray();

    public static async Task<T> ReadAsync<T>(HttpContext context, JsonTypeInfo<T> type)
    {
        var body = await BodyAsync(context);
        try
        {
            using var document = JsonDocument.Parse(body);
            if (JsonShape.Faults(document.RootElement, type, "body") is { Count: > 0 } faults)
                throw new MeshException(new MeshError(ErrorKind.InvalidArgument, $"The request does not fit: {faults[0].Path}: {faults[0].Message}", faults[0].Path, "Correct the body; the wire format is in ARCHITECTURE.md.", faults));
            return document.RootElement.Deserialize(type)!;
        }
        catch (NotSupportedException e)
        {
            throw new JsonException(e.Message, e);
        }
    }

    /// <summary>What is too large is read to its end and thrown away: a client that cannot finish sending never sees why.</summary>
    static async Task<byte[]> BodyAsync(HttpContext context)
    {
        using var kept = new MemoryStream();
        var buffer = new byte[16 * 1024];
        var size = 0L;
        for (int read; (read = await context.Request.Body.ReadAsync(buffer, context.RequestAborted)) > 0; size += read)
            if (size + read <= Limits.MaxRequestBytes) kept.Write(buffer, 0, read);
        return size <= Limits.MaxRequestBytes ? kept.ToArray() : throw new BadHttpRequestException("Too large.", StatusCodes.Status413PayloadTooLarge);
    }

    /// <summary>Answers with one JSON value. Secrets' names stand in the place of their values, save in what is asked for the secret in it; where the caller wants that handed over, it is not in the answer either.</summary>
    public static Task AnswerAsync<T>(HttpContext context, T answer, JsonTypeInfo<T> type)
    {
        if (answer is IHandedOver open && context.Request.Handover() is { } way && open.Secret() is { Texts.Count: > 0 } secret)
            answer = (T)open.Without(Kept(context, secret, way));
        context.Response.ContentType = Json;
        return context.Response.WriteAsync(TextOf(context, answer, type));
    }

    /// <summary>Streams a change. What is refused before anything was done is thrown, so that it becomes a plain error answer.</summary>
    public static async Task<Outcome> LinesAsync(HttpContext context, ChannelReader<ApplyEvent> events)
    {
        ApplyEvent.Finished? end = null;
        string? digest = null;
        var listening = true;
        // Not the request's token: a caller who left must not hide the outcome from the audit.
        await foreach (var what in events.ReadAllAsync(CancellationToken.None))
        {
            end = what as ApplyEvent.Finished ?? end;
            if (what is ApplyEvent.Planned planned) digest = planned.Plan.Digest;
            if (!listening) continue;
            try
            {
                if (!context.Response.HasStarted) context.Response.ContentType = JsonLines;
                await WriteAsync(context, what, MeshJson.Default.ApplyEvent);
            }
            catch (OperationCanceledException)
            {
                listening = false;
            }
        }
        return end switch
        {
            null => new("cut off", null),
            { Error: { } error } => new($"{error.Kind}: {error.Message}", end.Generation?.Number, digest),
            _ => new(end.Generation?.Status.ToString() ?? "unchanged", end.Generation?.Number, digest),
        };
    }

    /// <param name="asWritten">They have been through the door when they were written, and a hash is over them.</param>
    public static async Task LinesAsync<T>(HttpContext context, IAsyncEnumerable<T> lines, JsonTypeInfo<T> type, bool asWritten = false)
    {
        context.Response.ContentType = JsonLines;
        await context.Response.StartAsync(context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
        await foreach (var line in lines) await WriteAsync(context, line, type, asWritten);
    }

    static Handover Kept(HttpContext context, HandedOver secret, HandoverWay way)
    {
        var caller = context.Features.GetRequiredFeature<Caller>();
        return context.RequestServices.GetRequiredService<Handovers>().Keep(secret, way, caller.Name, caller.IsLocal ? context.Features.GetRequiredFeature<Peer>().Uid : null);
    }

    static string TextOf<T>(HttpContext context, T answer, JsonTypeInfo<T> type, bool asWritten = false)
    {
        var text = JsonSerializer.Serialize(answer, type);
        return asWritten || answer is IRevealed and not IHandedOver { Handover: not null } ? text : context.RequestServices.GetRequiredService<SecretStore>().MaskJson(text);
    }

    static async Task WriteAsync<T>(HttpContext context, T line, JsonTypeInfo<T> type, bool asWritten = false)
    {
        await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(TextOf(context, line, type, asWritten)), context.RequestAborted);
        await context.Response.Body.WriteAsync(NewLine, context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
    }
}
