using System.Net;
using System.Net.Http.Json;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Json;

namespace MeshMcp.Contracts.Nodes;

/// <summary>
/// A node's host bridge, over its local socket or its relay alike. Every call throws <see cref="MeshException"/>:
/// the node's own refusal, or <see cref="ErrorKind.Unavailable"/> when it cannot be reached.
/// </summary>
/// <param name="ownsTransport">Whether the connections end with this client.</param>
public sealed partial class NodeClient(string node, HttpMessageHandler transport, CallerIdentity? caller = null, bool ownsTransport = true) : IDisposable
{
    /// <summary>Long enough for a node that observes and plans, short enough that a dead one does not hold up the others.</summary>
    static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(30);

    /// <summary>After as much silence in a stream the node is asked something else: one that works answers that, one that is frozen does not.</summary>
    static readonly TimeSpan Quiet = TimeSpan.FromSeconds(5);

    readonly HttpClient _http = new(transport, ownsTransport) { BaseAddress = new("http://hostbridge/"), Timeout = Timeout.InfiniteTimeSpan };

    public string Node { get; } = node;

    /// <summary>Puts what answers tell their reader into his words (<see cref="ToldFields"/>); null: as the node says it.</summary>
    public Func<string, string>? Words { get; init; }

    public Task<Checkup> CheckupAsync(CancellationToken ct) => GetAsync("v1/checkup", MeshJson.Default.Checkup, ct);

    public Task<NodeStatus> StatusAsync(CancellationToken ct) => GetAsync("v1/node", MeshJson.Default.NodeStatus, ct);

    /// <param name="view"><c>desired</c>, <c>declared</c> or <c>observed</c>.</param>
    /// <param name="origins">Also where each item is from; of the desired state only.</param>
    public Task<StateView> StateAsync(string view, CancellationToken ct, bool origins = false) =>
        GetAsync($"v1/state?view={Uri.EscapeDataString(view)}{(origins ? "&origins=true" : "")}", MeshJson.Default.StateView, ct);

    public Task<Plan> PlanAsync(ChangeRequest request, CancellationToken ct) => PostAsync("v1/plan", request, MeshJson.Default.ChangeRequest, MeshJson.Default.Plan, ct);

    /// <summary>Newest first.</summary>
    /// <param name="before">Only those with a lower number.</param>
    public Task<IReadOnlyList<Generation>> GenerationsAsync(int limit, CancellationToken ct, int? before = null) => GetAsync($"v1/generations?limit={limit}{Before(before)}", MeshJson.Default.IReadOnlyListGeneration, ct);

    public Task<Generation> GenerationAsync(int number, CancellationToken ct) => GetAsync($"v1/generations/{number}", MeshJson.Default.Generation, ct);

    public Task<Generation> ConfirmAsync(int number, ConfirmRequest request, CancellationToken ct) =>
        PostAsync($"v1/generations/{number}/confirm", request, MeshJson.Default.ConfirmRequest, MeshJson.Default.Generation, ct);

    /// <summary>Carries a change out; the last event is <see cref="ApplyEvent.Finished"/>. Leaving early does not stop the node.</summary>
    public IAsyncEnumerable<ApplyEvent> ApplyAsync(ChangeRequest request, CancellationToken ct) =>
        LinesAsync(HttpMethod.Post, "v1/apply", JsonContent.Create(request, MeshJson.Default.ChangeRequest), MeshJson.Default.ApplyEvent, ct);

    public IAsyncEnumerable<ApplyEvent> RollbackAsync(RollbackRequest request, CancellationToken ct) =>
        LinesAsync(HttpMethod.Post, "v1/rollback", JsonContent.Create(request, MeshJson.Default.RollbackRequest), MeshJson.Default.ApplyEvent, ct);

    /// <summary>What happened since the agent started, newest first; the last 256 are kept.</summary>
    /// <param name="before">Only those with a lower number.</param>
    public Task<IReadOnlyList<NodeEvent>> RecentEventsAsync(int limit, CancellationToken ct, int? before = null) => GetAsync($"v1/events/recent?limit={limit}{Before(before)}", MeshJson.Default.IReadOnlyListNodeEvent, ct);

    /// <summary>The node's own ports on which programs wait.</summary>
    public Task<ListenerList> ListenersAsync(CancellationToken ct) => GetAsync("v1/listeners", MeshJson.Default.ListenerList, ct);

    /// <summary>What <see cref="RollbackAsync"/> would do; changes nothing.</summary>
    public Task<Plan> PlanRollbackAsync(RollbackRequest request, CancellationToken ct) => PostAsync("v1/rollback/plan", request, MeshJson.Default.RollbackRequest, MeshJson.Default.Plan, ct);

    /// <summary>What happens on the node from now on, until cancelled.</summary>
    public IAsyncEnumerable<NodeEvent> EventsAsync(CancellationToken ct) => LinesAsync(HttpMethod.Get, "v1/events", null, MeshJson.Default.NodeEvent, ct);

    public void Dispose() => _http.Dispose();

    static string Before(int? number) => number is null ? "" : $"&before={number}";

    static string Named(string? name) => name is null ? "" : $"?name={Uri.EscapeDataString(name)}";

    Task<T> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken ct) => CallAsync(HttpMethod.Get, path, null, type, ct);

    Task<TOut> PostAsync<TIn, TOut>(string path, TIn body, JsonTypeInfo<TIn> input, JsonTypeInfo<TOut> output, CancellationToken ct) =>
        CallAsync(HttpMethod.Post, path, JsonContent.Create(body, input), output, ct);

    async Task<T> CallAsync<T>(HttpMethod method, string path, HttpContent? body, JsonTypeInfo<T> type, CancellationToken ct, TimeSpan? within = null)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(within ?? AnswerWithin);
        try
        {
            using var response = await SendAsync(method, path, body, HttpCompletionOption.ResponseContentRead, limit.Token);
            return await ReadAsync(response.Content, type, limit.Token) ?? throw new JsonException("empty answer");
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw new MeshException(ErrorKind.Timeout, $"Node {Node} did not answer within {(within ?? AnswerWithin).TotalSeconds:0} s.", Node, "Try again, or look at the node with list_nodes.");
        }
        catch (Exception e) when (e is JsonException or IOException)
        {
            throw new MeshException(ErrorKind.Unavailable, $"The connection to node {Node} ended in the middle of an answer.", Node, "Read the node's state before you repeat a change.", e);
        }
    }

    async Task<T?> ReadAsync<T>(HttpContent content, JsonTypeInfo<T> type, CancellationToken ct) =>
        Words is null ? await content.ReadFromJsonAsync(type, ct) : Told(await JsonNode.ParseAsync(await content.ReadAsStreamAsync(ct), cancellationToken: ct), type);

    T? Told<T>(JsonNode? answer, JsonTypeInfo<T> type)
    {
        ToldFields.Tell(answer, Words!);
        return answer.Deserialize(type);
    }

    async IAsyncEnumerable<T> LinesAsync<T>(HttpMethod method, string path, HttpContent? body, JsonTypeInfo<T> type, [EnumeratorCancellation] CancellationToken ct)
    {
        using var frozen = CancellationTokenSource.CreateLinkedTokenSource(ct);
        using var response = await WhileAliveAsync(SendAsync(method, path, body, HttpCompletionOption.ResponseHeadersRead, frozen.Token), frozen);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(ct));
        while (await WhileAliveAsync(NextLineAsync(reader, frozen.Token), frozen) is { } line)
            if (line.Length > 0)
                yield return (Words is null ? JsonSerializer.Deserialize(line, type) : Told(JsonNode.Parse(line), type)) ?? throw new MeshException(ErrorKind.Bug, "The node sent an empty event.", Node);
    }

    /// <summary>Waits for as long as the node answers anything at all.</summary>
    async Task<T> WhileAliveAsync<T>(Task<T> waiting, CancellationTokenSource frozen)
    {
        while (await Task.WhenAny(waiting, Task.Delay(Quiet, frozen.Token)) != waiting && !frozen.IsCancellationRequested)
            try
            {
                await CallAsync(HttpMethod.Get, "v1/generations?limit=1", null, MeshJson.Default.IReadOnlyListGeneration, frozen.Token, Quiet + Quiet);
            }
            catch (MeshException e) when (e.Error.Kind is ErrorKind.Unavailable or ErrorKind.Timeout && !waiting.IsCompleted)
            {
                await frozen.CancelAsync();
                await ((Task)waiting).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                throw new MeshException(ErrorKind.Unavailable, $"Node {Node} fell silent and answers nothing else either: {e.Message}", Node, "If this was a change it may have begun: read list_changes for the outcome once the node answers.", e);
            }
            catch (MeshException)
            {
                // It answers.
            }
        return await waiting;
    }

    async Task<string?> NextLineAsync(StreamReader reader, CancellationToken ct)
    {
        try
        {
            return await reader.ReadLineAsync(ct);
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            throw new MeshException(ErrorKind.Unavailable, $"The connection to node {Node} was cut while it reported.", Node,
                "A change is finished or undone by the node itself: read list_changes for the outcome.", e);
        }
    }

    async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, HttpContent? body, HttpCompletionOption until, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body, Version = HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        caller?.Write(request.Headers);
        HttpResponseMessage response;
        try
        {
            response = await _http.SendAsync(request, until, ct);
        }
        catch (HttpRequestException e) when (e.HttpRequestError == HttpRequestError.ResponseEnded)
        {
            throw new MeshException(ErrorKind.Unavailable, $"Node {Node} closed the connection before it answered.", Node,
                "If this was a change it may have begun: read list_changes for the outcome.", e);
        }
        catch (HttpRequestException e)
        {
            throw e.InnerException as MeshException ?? new MeshException(ErrorKind.Unavailable, $"Node {Node} cannot be reached: {e.Message}", Node,
                "Check that its host bridge and relay run and that the tunnel to it is up.", e);
        }
        if (response.IsSuccessStatusCode) return response;
        using (response)
            throw new MeshException(await ErrorAsync(response, ct)) { IsOfNode = true };
    }

    async Task<MeshError> ErrorAsync(HttpResponseMessage response, CancellationToken ct)
    {
        try
        {
            if (await response.Content.ReadFromJsonAsync(MeshJson.Default.MeshError, ct) is { } error) return error with { Target = error.Target ?? Node };
        }
        catch (Exception e) when (e is JsonException or IOException or HttpRequestException)
        {
            // Not the host bridge's own answer: fall through to the status code.
        }
        return new(ErrorKind.Unavailable, $"Node {Node} answered {(int)response.StatusCode}.", Node, "Check the host bridge's log on that node.");
    }
}
