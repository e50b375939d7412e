namespace MeshMcp.Server.Api;

/// <summary>A tool as a request: arguments come from the path, the query and the body, whichever the caller finds them in.</summary>
/// <param name="Tool">Its name, which is also the operation's id in the OpenAPI document.</param>
/// <param name="Body">The argument that the whole body is; null: the body of a POST or PUT is an object of arguments.</param>
sealed record ApiRoute(string Method, string Path, string Tool, string? Body = null)
{
    public bool TakesBody => Method is "POST" or "PUT";
}
