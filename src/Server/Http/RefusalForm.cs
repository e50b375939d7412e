using MeshMcp.Server.Mcp;

namespace MeshMcp.Server.Http;

/// <summary>Writes what is turned away at the door, where a role's callers do not read JSON-RPC.</summary>
delegate Task RefusalForm(HttpContext context, Refusal refusal);
