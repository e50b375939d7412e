using System.Text.Json.Nodes;
using System.Text.Json;
using ModelContextProtocol.Protocol;

namespace MeshMcp.Server.Api;

/// <summary>How answers are written.</summary>
static class ApiAnswers
{
    static readonly JsonSerializerOptions Readable = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Task JsonAsync(HttpContext context, JsonNode body) => WriteAsync(context, StatusCodes.Status200OK, "application/json", body);

    public static Task ProblemAsync(HttpContext context, ApiProblem problem) => WriteAsync(context, problem.Status, ApiProblem.ContentType, Node(context, problem));

    /// <summary>With the requests for what it speaks of.</summary>
    public static JsonNode Node(HttpContext context, ApiProblem problem) =>
        JsonSerializer.SerializeToNode(problem with { Operations = context.RequestServices.GetRequiredService<ApiRoutes>().NamedIn($"{problem.Detail} {problem.Hint}") }, ApiProblemJson.Default.ApiProblem)!;

    /// <summary>An image as an address of itself.</summary>
    public static string Address(this ImageContentBlock image) => $"data:{image.MimeType};base64,{Convert.ToBase64String(image.DecodedData.Span)}";

    /// <summary>One server-sent event, on its way when this returns.</summary>
    public static async Task SendEventAsync(this HttpContext context, string name, JsonNode body)
    {
        await context.Response.WriteAsync($"event: {name}\ndata: {body.ToJsonString(Readable)}\n\n", context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
    }

    static Task WriteAsync(HttpContext context, int status, string type, JsonNode body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = type;
        return context.Response.WriteAsync(body.ToJsonString(Readable) + "\n", context.RequestAborted);
    }
}
