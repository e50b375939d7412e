using System.Text.Json.Serialization.Metadata;
using System.Threading.Channels;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Json;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.Trust;
using MeshMcp.HostBridge.Access;
using MeshMcp.HostBridge.Audit;
using MeshMcp.HostBridge.Engine;

namespace MeshMcp.HostBridge.Wire;

/// <summary>Maps requests so that each asks who calls, needs the scope it says, and, where it changes something, holds the node's lock and is written to the audit.</summary>
public sealed class NodeRoutes(WebApplication app, NodeEngine engine, AuditLog audit, Func<HttpContext, Caller> callerOf)
{
    readonly Places _streams = new();

    /// <summary>Who calls is a feature of the request from then on.</summary>
    readonly Func<HttpContext, Caller> _callerOf = context =>
    {
        var caller = callerOf(context);
        context.Features.Set(caller);
        return caller;
    };

    /// <summary>A question; every delegate may ask it.</summary>
    public void Read<TOut>(string path, JsonTypeInfo<TOut> output, Func<HttpContext, Task<TOut>> answer) =>
        Map(HttpMethod.Get, path, context => AnswerAsync(context, answer, output));

    /// <summary>What whoever reaches the node at all may read, also one whose certificate is revoked.</summary>
    public void Public<TOut>(string path, JsonTypeInfo<TOut> output, Func<TOut> answer) =>
        Map(HttpMethod.Get, path, context => Wire.AnswerAsync(context, answer(), output));

    /// <summary>A question with a long answer, told line by line.</summary>
    /// <param name="asWritten">As they were written down, which is what a hash is over.</param>
    public void ReadLines<T>(string path, JsonTypeInfo<T> line, Func<HttpContext, IAsyncEnumerable<T>> lines, bool asWritten = false) =>
        Map(HttpMethod.Get, path, async context =>
        {
            var caller = Ask(context);
            using var place = caller.IsRoot ? _streams.TryTake() : _streams.TryTake((caller.Name, Limits.StreamsOfCaller), ($"all of {caller.Proven}", Limits.StreamsOfOne));
            if (place is null)
            {
                var full = new MeshException(ErrorKind.Unavailable, $"{caller.Name} listens to this node as often as it may at once.", "streams", "End one of the others.");
                audit.Refused(caller, ActionOf(context), full);
                throw full;
            }
            await Wire.LinesAsync(context, lines(context), line, asWritten);
        });

    /// <summary>An operation: not part of the desired state, but one at a time with the changes of it, and audited.</summary>
    /// <param name="section">A delegate limited to systems needs this one; null: one without such a limit.</param>
    /// <param name="alone">Not while a change runs; what may take long and changes nothing of the state need not hold changes and healing up.</param>
    /// <param name="run">May ask for the <see cref="Caller"/>, a feature of the request.</param>
    /// <param name="parameters">What the audit shows of the request; the request itself unless given, never a secret.</param>
    public void Operate<TIn, TOut>(HttpMethod method, string path, string? section, Scope scope, JsonTypeInfo<TIn> input, JsonTypeInfo<TOut> output,
        Func<HttpContext, TIn, Task<TOut>> run, Func<TIn, TIn>? parameters = null, bool alone = true) =>
        Map(method, path, input, async context =>
        {
            var request = await Wire.ReadAsync(context, input);
            await RunAsync(context, section, scope, (parameters ?? (r => r))(request), input, output, () => run(context, request), alone);
        });

    /// <summary>A change of the desired state that a system prepares itself: <paramref name="run"/> hands it to the engine, which takes the lock. Audited with the generation it made.</summary>
    /// <inheritdoc cref="Operate"/>
    public void Change<TIn, TOut>(HttpMethod method, string path, string section, JsonTypeInfo<TIn> input, JsonTypeInfo<TOut> output, Func<Caller, TIn, Task<(TOut Answer, Outcome Outcome)>> run) =>
        Map(method, path, input, async context =>
        {
            var request = await Wire.ReadAsync(context, input);
            await audit.AboutAsync(() => _callerOf(context), ActionOf(context), request, input, async caller =>
            {
                caller.Require(Scope.Operate, Only(section));
                var (answer, outcome) = await run(caller, request);
                await Wire.AnswerAsync(context, answer, output);
                return outcome;
            });
        });

    /// <summary>An operation that leaves the host's network alone: audited, but beside the changes of it, so that a change need not wait for somebody far away.</summary>
    /// <param name="admit">Throws for requests that are not to be looked at.</param>
    public void Ask<TIn, TOut>(string path, Scope scope, JsonTypeInfo<TIn> input, JsonTypeInfo<TOut> output, Func<HttpContext, Caller, TIn, Task<TOut>> run,
        Func<TIn, TIn> parameters, Action<TIn>? admit = null) =>
        Ask(path, scope, input, output, async (context, caller, request) => (await run(context, caller, request), new Outcome(AuditEntry.Done, null)), parameters, admit);

    /// <summary>The same, which says how it ended.</summary>
    /// <inheritdoc cref="Ask"/>
    public void Ask<TIn, TOut>(string path, Scope scope, JsonTypeInfo<TIn> input, JsonTypeInfo<TOut> output, Func<HttpContext, Caller, TIn, Task<(TOut Answer, Outcome Outcome)>> run,
        Func<TIn, TIn> parameters, Action<TIn>? admit = null) =>
        Map(HttpMethod.Post, path, input, async context =>
        {
            var request = await Wire.ReadAsync(context, input);
            if (admit is not null) OrSay(context, () => admit(request));
            await audit.AboutAsync(() => _callerOf(context), ActionOf(context), parameters(request), input, async caller =>
            {
                caller.Require(scope, null);
                var (answer, outcome) = await run(context, caller, request);
                await Wire.AnswerAsync(context, answer, output);
                return outcome;
            });
        });

    /// <summary>What somebody else saw, for the audit only.</summary>
    public void Report<TIn>(string path, JsonTypeInfo<TIn> input, Action<Caller, TIn> write) =>
        Map(HttpMethod.Post, path, input, async context =>
        {
            var caller = Ask(context);
            write(caller, await Wire.ReadAsync(context, input));
        });

    /// <summary>A question with a body; every delegate may ask it.</summary>
    public void Question<TIn, TOut>(string path, JsonTypeInfo<TIn> input, JsonTypeInfo<TOut> output, Func<Caller, TIn, CancellationToken, Task<TOut>> answer) =>
        Map(HttpMethod.Post, path, input, async context =>
        {
            var request = await Wire.ReadAsync(context, input);
            await Wire.AnswerAsync(context, await answer(Ask(context), request, context.RequestAborted), output);
        });

    /// <summary>A change of the engine's usual kind, told line by line as it happens.</summary>
    /// <param name="parameters">What the audit shows of the request.</param>
    /// <param name="section">What would change; null when it can be anything.</param>
    public void Stream<TIn>(string path, JsonTypeInfo<TIn> input, Func<TIn, TIn> parameters, Func<TIn, string?> section, Func<Caller, TIn, ChannelReader<ApplyEvent>> run, Scope scope = Scope.Operate) =>
        Map(HttpMethod.Post, path, input, async context =>
        {
            var request = await Wire.ReadAsync(context, input);
            await audit.AboutAsync(() => _callerOf(context), ActionOf(context), parameters(request), input, caller =>
            {
                caller.Require(scope, Only(section(request)));
                return Wire.LinesAsync(context, run(caller, request));
            });
        });

    /// <summary>As <see cref="Operate"/>, by DELETE without a body.</summary>
    public void Delete<TOut>(string path, string? section, Scope scope, JsonTypeInfo<TOut> output, Func<HttpContext, Task<TOut>> run) =>
        Map(HttpMethod.Delete, path, context => RunAsync(context, section, scope, "", MeshJson.Default.String, output, () => run(context)));

    /// <summary>A question whose answer holds secrets: needs a scope and is audited, as a change is.</summary>
    public void Reveal<TOut>(string path, string section, Scope scope, JsonTypeInfo<TOut> output, Func<HttpContext, Task<TOut>> answer) =>
        Map(HttpMethod.Get, path, context => audit.AboutAsync(() => _callerOf(context), ActionOf(context), "", MeshJson.Default.String, async caller =>
        {
            caller.Require(scope, Only(section));
            await Wire.AnswerAsync(context, await answer(context), output);
            return new("revealed", null);
        }));

    /// <summary>A change of the desired state by the engine's usual path, which holds the node's lock itself; its answer says more than the change's events do. Needs scope operate.</summary>
    /// <param name="request">What is to change.</param>
    /// <param name="answer">Made once the change is in place; a change that failed was undone and is told as its error.</param>
    public void Change<TIn, TOut>(HttpMethod method, string path, string section, JsonTypeInfo<TIn> input, JsonTypeInfo<TOut> output,
        Func<HttpContext, TIn, ChangeRequest> request, Func<HttpContext, TIn, Changed, Task<TOut>> answer) =>
        Map(method, path, input, async context =>
        {
            var body = await Wire.ReadAsync(context, input);
            await ChangeAsync(context, section, body, input, output, () => request(context, body), changed => answer(context, body, changed));
        });

    /// <summary>As <see cref="Change"/>, by DELETE without a body.</summary>
    public void DeleteByChange<TOut>(string path, string section, JsonTypeInfo<TOut> output, Func<HttpContext, ChangeRequest> request, Func<HttpContext, Changed, Task<TOut>> answer) =>
        Map(HttpMethod.Delete, path, context => ChangeAsync(context, section, "", MeshJson.Default.String, output, () => request(context), changed => answer(context, changed)));

    Task ChangeAsync<TIn, TOut>(HttpContext context, string section, TIn parameters, JsonTypeInfo<TIn> input, JsonTypeInfo<TOut> output, Func<ChangeRequest> request, Func<Changed, Task<TOut>> answer) =>
        audit.AboutAsync(() => _callerOf(context), ActionOf(context), parameters, input, async caller =>
        {
            caller.Require(Scope.Operate, Only(section));
            var changed = await EndAsync(engine.Apply(request(), caller, context.RequestAborted));
            await Wire.AnswerAsync(context, await answer(changed), output);
            return new(changed.Generation?.Status.ToString() ?? "unchanged", changed.Generation?.Number);
        });

    static async Task<Changed> EndAsync(ChannelReader<ApplyEvent> events)
    {
        await foreach (var what in events.ReadAllAsync(CancellationToken.None))
            switch (what)
            {
                case ApplyEvent.Finished { Error: { } error, Generation: var generation }:
                    throw new MeshException(error with { Message = $"{error.Message} (generation {generation?.Number}: {generation?.Status}; list_changes shows it)" });
                case ApplyEvent.Finished finished:
                    return new(finished.News ?? [], finished.Generation);
            }
        throw new MeshException(ErrorKind.Bug, "The change ended without a word.");
    }

    Task RunAsync<TIn, TOut>(HttpContext context, string? section, Scope scope, TIn parameters, JsonTypeInfo<TIn> input, JsonTypeInfo<TOut> output, Func<Task<TOut>> run, bool alone = true) =>
        audit.AboutAsync(() => _callerOf(context), ActionOf(context), parameters, input, async caller =>
        {
            caller.Require(scope, Only(section));
            await Wire.AnswerAsync(context, await (alone ? engine.OperateAsync(run) : run()), output);
            return new(AuditEntry.Done, null);
        });

    /// <summary>What is read from its body is in the endpoint's metadata.</summary>
    void Map(HttpMethod method, string path, JsonTypeInfo input, Func<HttpContext, Task> answer) => Map(method, path, answer).WithMetadata(input);

    IEndpointConventionBuilder Map(HttpMethod method, string path, Func<HttpContext, Task> answer) => app.MapMethods(path, [method.Method], new RequestDelegate(context =>
    {
        // What is wrong with it is said before anything is done.
        context.Request.Handover();
        return answer(context);
    }));

    static IReadOnlyList<string>? Only(string? section) => section is null ? null : [section];

    async Task AnswerAsync<TOut>(HttpContext context, Func<HttpContext, Task<TOut>> answer, JsonTypeInfo<TOut> output)
    {
        Ask(context);
        await Wire.AnswerAsync(context, await answer(context), output);
    }

    /// <summary>Who may ask at all; a refusal is in the audit.</summary>
    Caller Ask(HttpContext context)
    {
        try
        {
            return _callerOf(context);
        }
        catch (MeshException e)
        {
            audit.Refused(null, ActionOf(context), e);
            throw;
        }
    }

    void OrSay(HttpContext context, Action admit)
    {
        var caller = Ask(context);
        try
        {
            admit();
        }
        catch (MeshException e)
        {
            audit.Refused(caller, ActionOf(context), e);
            throw;
        }
    }

    static string ActionOf(HttpContext context) => $"{context.Request.Method} {context.Request.Path}{(context.Request.Handover() is { } way ? $" by {way.ToString().ToLowerInvariant()}" : "")}";
}

/// <summary>A change that is in place.</summary>
/// <param name="Generation">Null when there was nothing to change.</param>
public sealed record Changed(IReadOnlyList<Finding> News, Generation? Generation);
