using MeshMcp.Contracts.Nodes;
using MeshMcp.Tools.Answers;

namespace MeshMcp.Tools.Traces;

/// <param name="Verdict">Where it ends, in words: <c>dropped</c>, <c>output veth200</c>, <c>leaves by eth0 …</c></param>
/// <param name="Assumed">What was not given.</param>
/// <param name="Way">The places that it passes.</param>
public sealed record ShownTrace(string Node, string Bridge, string Packet, string Verdict, IReadOnlyList<string> Assumed, IReadOnlyList<string> Way, IReadOnlyList<TraceStep> Steps, string DatapathActions) : Told;
