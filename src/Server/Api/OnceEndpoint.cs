using System.Text.Json;
using System.Text.Json.Serialization;
using System.Threading.RateLimiting;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Logs;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.Trust;
using MeshMcp.Server.Http;
using MeshMcp.Server.Nodes;
using MeshMcp.Tools.Answers;
using MeshMcp.Tools.Calls;
using MeshMcp.Tools.Nodes;
using Microsoft.AspNetCore.Http.Features;

namespace MeshMcp.Server.Api;

/// <summary>
/// Opens one-time links for the page <c>/once</c>, without a bearer token: the token in the link is the right to what it opens. That comes in the body, so it is
/// in no log, and by POST, so that nothing that only follows links opens one. Decides nothing itself: the node has what is handed over, and gives it once.
/// </summary>
sealed partial class OnceEndpoint(INodes nodes, ILogger<OnceEndpoint> log, RefusalReports refusals) : IDisposable
{
    const int PerMinute = 30, MaxBytes = 1024, AtOnce = 4, Waiting = 8;

    static readonly MeshError TooMany = new(ErrorKind.Unavailable, "Too many links that are good no more were tried from here.", "token", "Try again in a minute.");

    /// <summary>Not <see cref="Gone"/>: who opens a good link among many must not hear that somebody else has the keys.</summary>
    static readonly MeshError Crowd = new(ErrorKind.Unavailable, "Too many links are being opened from here at this moment. This one was not looked at, and is as good as it was.", "token", "Try again in a few seconds.");

    static readonly MeshError NoLink = new(ErrorKind.InvalidArgument, "This is no one-time link.", "body", "Open the link as it was sent, to its last letter.");

    /// <summary>The same for every link that opens nothing: who has no right here learns no names of nodes, nor which of them answer.</summary>
    static readonly MeshError Gone = new(ErrorKind.NotFound, "This link is good no more: it was opened already, its quarter of an hour is over, or the node that had it has started anew or does not answer.", null,
        "Ask whoever sent it for a new one. If you did not open it yourself, say so: somebody else may have the keys, and new ones must be made.");

    /// <summary>A person opens one or two; those that open something are not counted.</summary>
    readonly AddressLimit _misses = new(PerMinute);

    /// <summary>A node that does not answer takes seconds: nobody fills the places of all who come without a token with questions to it.</summary>
    readonly PartitionedRateLimiter<string> _atOnce = PartitionedRateLimiter.Create<string, string>(address => RateLimitPartition.GetConcurrencyLimiter(address, _ => new() { PermitLimit = AtOnce, QueueLimit = Waiting }));

    public void Map(IEndpointRouteBuilder routes) => routes.MapPost(Handover.Page, (RequestDelegate)(context => ApiFaults.ToldAsync(context, () => OpenAsync(context))));

    public void Dispose()
    {
        _misses.Dispose();
        _atOnce.Dispose();
    }

    async Task OpenAsync(HttpContext context)
    {
        var address = PeerAddress.Of(context.Connection.RemoteIpAddress);
        HandedOver handed;
        using var place = await _atOnce.AcquireAsync(address, 1, context.RequestAborted);
        if (!place.IsAcquired)
        {
            await RefuseAsync(context, address, Crowd, TimeSpan.FromSeconds(5));
            return;
        }
        try
        {
            var asked = await ReadAsync(context) ?? throw Told(address, NoLink);
            if (!nodes.Names.Contains(asked.Node)) throw Told(address, Gone);
            using var client = nodes.Get(asked.Node, new(address, Scope.Read, "once"));
            handed = await FromNodeAsync(client, asked.Token, context.RequestAborted);
        }
        catch (Exception e) when (e is MeshException or BadHttpRequestException)
        {
            if (_misses.Admits(address)) throw;
            await RefuseAsync(context, address, TooMany);
            return;
        }
        await context.Response.WriteAsJsonAsync(Shown(handed), OnceJson.Default.Opened, cancellationToken: context.RequestAborted);
    }

    async Task<HandedOver> FromNodeAsync(NodeClient client, string token, CancellationToken ct)
    {
        try
        {
            return await client.OpenHandoverAsync(token, null, ct);
        }
        catch (MeshException e)
        {
            // What a node does not have it has in its audit.
            if (e is not { IsOfNode: true, Error.Kind: ErrorKind.NotFound }) LogNotAsked(log, client.Node, e.Message);
            throw new MeshException(Gone, e);
        }
    }

    Task RefuseAsync(HttpContext context, string address, MeshError refusal, TimeSpan? after = null)
    {
        Told(address, refusal);
        AddressLimit.Refuse(context.Response, after);
        return ApiAnswers.ProblemAsync(context, ApiProblem.Of(refusal, Handover.Page, StatusCodes.Status429TooManyRequests));
    }

    /// <summary>What a node refuses it has in its audit by itself.</summary>
    MeshException Told(string address, MeshError refusal)
    {
        refusals.Tell(address, $"POST {Handover.Page}", refusal.Message, null);
        return new(refusal);
    }

    /// <summary>Null when it is none.</summary>
    static async Task<AskedOnce?> ReadAsync(HttpContext context)
    {
        context.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = MaxBytes;
        try
        {
            return await JsonSerializer.DeserializeAsync(context.Request.Body, OnceJson.Default.AskedOnce, context.RequestAborted);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    static Opened Shown(HandedOver handed) =>
        new(handed.What, [.. handed.Texts.Select(t => new OpenedText(t.Title, t.Text, t.File, t.Camera ? QrImage.Of(t.Text).Address() : null))]);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Node {Node} cannot be asked for what a one-time link leads to: {Reason}")]
    static partial void LogNotAsked(ILogger log, string node, string reason);
}

/// <summary>Body of <c>POST /once</c>, from the link's fragment <c>#NODE.TOKEN</c>.</summary>
sealed record AskedOnce(string Node, string Token);

sealed record Opened(string What, IReadOnlyList<OpenedText> Texts);

/// <param name="Image">The text as a QR code, as a <c>data:</c> address; null where no app reads it.</param>
sealed record OpenedText(string Title, string Text, string File, string? Image);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(AskedOnce))]
[JsonSerializable(typeof(Opened))]
sealed partial class OnceJson : JsonSerializerContext;
