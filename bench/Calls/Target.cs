using MeshMcp.Lab.Namespaces;

namespace MeshMcp.Bench.Calls;

/// <summary>An MCP endpoint.</summary>
/// <param name="Inside">The namespace whose loopback <paramref name="Url"/> is on; null: the machine's.</param>
sealed record Target(Uri Url, string? Token = null, Place? Inside = null);

/// <summary>A call of a tool, and a part of the answer by which it is known to be right.</summary>
/// <param name="Arguments">As JSON.</param>
sealed record ToolCall(string Tool, string Arguments, string Expected);
