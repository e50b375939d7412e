using System.Text.Json;
using MeshMcp.Tools.Calls;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace MeshMcp.ConformanceServer.Fixtures;

/// <summary>Tools that answer "input required" and are called again with the answers (2026-07-28).</summary>
static class InputTools
{
    public static void AddTo(McpServerOptions options, RequestStateProtector states)
    {
        options.AddTool("test_streaming_elicitation", (RequestContext<CallToolRequestParams> context) =>
            Has(context, "q") ? "ok" : throw Ask(("q", Form("q?", "a"))));
        options.AddTool("test_input_required_result_elicitation", (RequestContext<CallToolRequestParams> context) =>
            Field(context.Params!, "user_name", "name") is { Length: > 0 } name ? $"Hello, {name}!" : throw Ask(("user_name", Form("What is your name?", "name"))));
        options.AddTool("test_input_required_result_sampling", (RequestContext<CallToolRequestParams> context) => Has(context, "capital_question")
            ? "Answer: " + string.Concat(context.Params!.InputResponses!["capital_question"].Deserialize(InputResponse.CreateMessageResultJsonTypeInfo)!.Content.OfType<TextContentBlock>().Select(b => b.Text))
            : throw Ask(("capital_question", Sample("What is the capital of France?"))));
        options.AddTool("test_input_required_result_list_roots", (RequestContext<CallToolRequestParams> context) => Has(context, "client_roots")
            ? "Roots: " + string.Join(",", context.Params!.InputResponses!["client_roots"].Deserialize(InputResponse.ListRootsResultJsonTypeInfo)!.Roots.Select(r => r.Uri))
            : throw Ask(("client_roots", InputRequest.ForRootsList(new()))));
        options.AddTool("test_input_required_result_request_state", (RequestContext<CallToolRequestParams> context) =>
            Has(context, "confirm") && states.Unprotect(context.JsonRpcRequest, context.Params!.RequestState) == "asked" ? "state-ok" : throw Confirm(context, states));
        options.AddTool("test_input_required_result_tampered_state", (RequestContext<CallToolRequestParams> context) => context.Params!.RequestState switch
        {
            null => throw Confirm(context, states),
            var state when states.Unprotect(context.JsonRpcRequest, state) == "asked" => "state-ok",
            _ => throw new McpProtocolException("requestState integrity check failed", McpErrorCode.InvalidParams),
        });
        options.AddTool("test_input_required_result_multiple_inputs", (RequestContext<CallToolRequestParams> context) =>
            Has(context, "user_name") && Has(context, "greeting") && Has(context, "client_roots")
                ? "all inputs received"
                : throw Ask(states.Protect(context.JsonRpcRequest, "asked"), ("user_name", Form("What is your name?", "name")), ("greeting", Sample("Generate a greeting")), ("client_roots", InputRequest.ForRootsList(new()))));
        options.AddTool("test_input_required_result_multi_round", (RequestContext<CallToolRequestParams> context) => states.Unprotect(context.JsonRpcRequest, context.Params!.RequestState) switch
        {
            "2" when Has(context, "step2") => "multi-round complete",
            "1" when Has(context, "step1") => throw Ask(states.Protect(context.JsonRpcRequest, "2"), ("step2", Form("Step 2: What is your favorite color?", "color"))),
            _ => throw Ask(states.Protect(context.JsonRpcRequest, "1"), ("step1", Form("Step 1: What is your name?", "name"))),
        });
        options.AddTool("test_input_required_result_capabilities", AskWhatTheClientCan);
    }

    public static InputRequest Form(string message, string field) => InputRequest.ForElicitation(new()
    {
        Message = message,
        RequestedSchema = new() { Properties = { [field] = new ElicitRequestParams.StringSchema() }, Required = [field] },
    });

    public static InputRequiredException Ask(params (string Key, InputRequest Request)[] questions) => Ask(null, questions);

    /// <summary>One field of an accepted form; null when the answer is missing, declined or not of that shape.</summary>
    public static string? Field(RequestParams parameters, string key, string field)
    {
        try
        {
            return parameters.InputResponses?.TryGetValue(key, out var answer) == true
                && answer.Deserialize(InputResponse.ElicitResultJsonTypeInfo) is { IsAccepted: true } form
                && form.Content?.TryGetValue(field, out var value) == true ? value.ToString() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    static InputRequiredException Ask(string? state, params (string Key, InputRequest Request)[] questions) =>
        new(questions.ToDictionary(q => q.Key, q => q.Request), state);

    static InputRequiredException Confirm(RequestContext<CallToolRequestParams> context, RequestStateProtector states) => Ask(states.Protect(context.JsonRpcRequest, "asked"), ("confirm", InputRequest.ForElicitation(new()
    {
        Message = "Please confirm",
        RequestedSchema = new() { Properties = { ["ok"] = new ElicitRequestParams.BooleanSchema() }, Required = ["ok"] },
    })));

    static InputRequest Sample(string prompt) =>
        InputRequest.ForSampling(new() { Messages = [new() { Role = Role.User, Content = [FixtureTools.Text(prompt)] }], MaxTokens = 100 });

    static bool Has(RequestContext<CallToolRequestParams> context, string key) => context.Params?.InputResponses?.ContainsKey(key) == true;

    static string AskWhatTheClientCan(RequestContext<CallToolRequestParams> context)
    {
        if (context.Params!.InputResponses is { Count: > 0 }) return "ok";
        List<(string, InputRequest)> questions = [];
        var client = context.Server.ClientCapabilities;
        if (client?.Sampling is not null) questions.Add(("sampling", Sample("hi")));
        if (client?.Elicitation is not null) questions.Add(("form", Form("hi", "x")));
        if (client?.Roots is not null) questions.Add(("roots", InputRequest.ForRootsList(new())));
        return questions.Count == 0 ? "nothing to ask" : throw Ask([.. questions]);
    }
}
