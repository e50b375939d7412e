using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using MeshMcp.Contracts.Errors;
using MeshMcp.Tools.Answers;
using Microsoft.Extensions.DependencyInjection;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace MeshMcp.Tools.Calls;

/// <summary>
/// A tool calls this before a step that nothing can undo; it returns only when the step is approved. The client asks its user (both dialects; the question's
/// state is signed, expires, counts once, and is bound to the caller, the call, the node and the plan). Where the client cannot ask, and policy allows it,
/// the tool is called again with the plan's digest as its argument <c>approve</c>.
/// </summary>
public static class Approval
{
    /// <summary>The argument that a tool with such a step declares, described by <see cref="ArgumentDescription"/>.</summary>
    public const string Argument = "approve";

    public const string ArgumentDescription = "The digest an answer asks for, once the user agreed, e.g. 4f1c09ab";

    const string Question = "approval", Field = "choice", Keep = "keep everything as it is";

    /// <summary>Nobody has read the question by then.</summary>
    static readonly TimeSpan AtOnce = TimeSpan.FromSeconds(1);

    /// <param name="what">The step in a few words that the user reads, e.g. <c>purge container 105 with its files</c>.</param>
    /// <param name="digest">Of the plan, or of all that was resolved for the step (<see cref="DigestOf"/>): another plan needs another approval.</param>
    /// <exception cref="MeshException">ConfirmationRequired: call again with the digest. PermissionDenied: declined, forbidden, or an approval that does not count. Conflict: the digest is of another plan.</exception>
    /// <exception cref="InputRequiredException">The question on its way to the user; let it pass.</exception>
    public static Task RequireAsync(RequestContext<CallToolRequestParams> context, string node, string what, string digest, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        Require(context, context.Services!.GetRequiredService<Approvals>(), node, PlainText.Line(what), digest);
        return Task.CompletedTask;
    }

    /// <summary>Names exactly this step where no plan has a digest: the first 16 hexadecimal digits of a hash over <paramref name="parts"/>.</summary>
    public static string DigestOf(params IReadOnlyList<string> parts) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\0', parts))))[..16];

    static void Require(RequestContext<CallToolRequestParams> context, Approvals approvals, string node, string what, string digest)
    {
        var tool = context.Params.Name;
        if (approvals.Policy == ApprovalPolicy.Deny)
            throw new MeshException(ErrorKind.PermissionDenied, $"This server approves no step that cannot be undone: {what} on {node}. Nothing was done.", tool,
                "Do it on the node with meshctl; or the operator sets \"approvals\" to \"ask\" in the server's configuration.");
        if (context.Params.InputResponses?.TryGetValue(Question, out var answer) == true)
        {
            if (Counts(context, approvals, answer, node, what, digest)) return;
        }
        else if (!CanAsk(context.Server.ClientCapabilities))
        {
            RequireDigest(context, approvals.Policy, node, what, digest);
            return;
        }
        throw new InputRequiredException(new Dictionary<string, InputRequest> { [Question] = Ask(node, what, digest) }, approvals.States.Protect(context.JsonRpcRequest, $"{approvals.Time.GetUtcNow().ToUnixTimeMilliseconds()}\n{Bound(node, what, digest)}"));
    }

    /// <summary>Whether the user agreed to this very plan; false when it changed meanwhile, so that the user is asked again.</summary>
    static bool Counts(RequestContext<CallToolRequestParams> context, Approvals approvals, InputResponse answer, string node, string what, string digest)
    {
        var asked = approvals.States.Unprotect(context.JsonRpcRequest, context.Params.RequestState)
            ?? throw new MeshException(ErrorKind.PermissionDenied, "The approval does not count: it is too old, was used, was changed, or belongs to another call or caller. Nothing was done.",
                context.Params.Name, "Call the tool again without it; the user is asked anew.");
        var (at, bound) = (asked.Split('\n', 2)[0], asked.Split('\n', 2)[1]);
        var result = Read(answer);
        // What he agreed to is what he was asked, which may be another step by now.
        if (result is { IsAccepted: true } && Choice(result) == bound.Split('\n', 3)[^1]) return bound == Bound(node, what, digest);
        if (result is { Action: "decline" or "cancel" } && approvals.Time.GetUtcNow() - DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(at, CultureInfo.InvariantCulture)) < AtOnce)
            throw new MeshException(ErrorKind.PermissionDenied, $"The client declined at once, before anybody could read the question: {what} on {node}. Nothing was done.", context.Params.Name,
                "Nobody seems to sit at this client: call it again where a user can answer, or do it on the node with meshctl.");
        throw new MeshException(ErrorKind.PermissionDenied, result is { IsAccepted: true } ? $"The user chose to {Keep}: {what} on {node} is not done." : $"The user did not approve: {what} on {node}. Nothing was done.", context.Params.Name, "Do not ask again unless the user wants it.");
    }

    static ElicitResult? Read(InputResponse answer)
    {
        try
        {
            return answer.Deserialize(InputResponse.ElicitResultJsonTypeInfo);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    static string? Choice(ElicitResult result) => result.Content?.TryGetValue(Field, out var value) == true && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    static void RequireDigest(RequestContext<CallToolRequestParams> context, ApprovalPolicy policy, string node, string what, string digest)
    {
        var tool = context.Params.Name;
        if (policy != ApprovalPolicy.Digest)
            throw new MeshException(ErrorKind.PermissionDenied, $"This cannot be undone and needs the user's approval, which this client cannot ask for: {what} on {node}. Nothing was done.", tool,
                "Use a client that can ask its user (elicitation), do it on the node with meshctl, or the operator sets \"approvals\" to \"digest\" in the server's configuration.");
        var given = context.Params.Arguments?.TryGetValue(Argument, out var argument) == true && argument.ValueKind == JsonValueKind.String ? argument.GetString() : null;
        var again = $"Ask the user. If the user agrees, call {tool} again with the same arguments and \"{Argument}\": \"{digest}\".";
        if (given is null) throw new MeshException(ErrorKind.ConfirmationRequired, $"This cannot be undone: {what} on {node}. Nothing was done yet.", tool, again);
        if (given != digest) throw new MeshException(ErrorKind.Conflict, $"'{given}' approves another plan than this: {what} on {node}. Nothing was done.", Argument, again);
    }

    /// <summary>A session without the capability would answer with a bare protocol error, whatever the package says it supports.</summary>
    static bool CanAsk(ClientCapabilities? client) => client?.Elicitation is { } elicitation && (elicitation.Form is not null || elicitation.Url is null);

    /// <summary>A client preselects to accept, and one key does it: so that alone keeps, and the field is not required.</summary>
    static InputRequest Ask(string node, string what, string digest) => InputRequest.ForElicitation(new()
    {
        Message = $"This cannot be undone. Node {node}: {what}. Plan {digest}. To accept without choosing that keeps everything as it is.",
        RequestedSchema = new()
        {
            Properties = { [Field] = new ElicitRequestParams.UntitledSingleSelectEnumSchema { Title = "What is to be done", Enum = [Keep, what], Default = Keep } },
        },
    });

    static string Bound(string node, string what, string digest) => $"{node}\n{digest}\n{what}";
}
