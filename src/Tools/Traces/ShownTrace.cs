using MeshMcp.Contracts.Nodes;
using MeshMcp.Tools.Answers;

namespace MeshMcp.Tools.Traces;

/// <param name="Verdict">In words: <c>dropped</c>, <c>output veth200</c> …</param>
public sealed record ShownTrace(string Node, string Bridge, string Packet, string Verdict, IReadOnlyList<TraceStep> Steps, string DatapathActions) : Told;
