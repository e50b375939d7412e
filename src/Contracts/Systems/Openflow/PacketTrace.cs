using System.Text.Json.Serialization;

namespace MeshMcp.Contracts.Nodes;

/// <summary>A packet described by flow fields: <c>in_port=veth100,tcp,nw_dst=10.1.0.200,tp_dst=9573</c>.</summary>
public sealed record TraceRequest([property: JsonRequired] string Packet);

/// <summary>The way of one packet through the tables of a bridge.</summary>
/// <param name="Verdict">In words: <c>dropped</c>, <c>output veth200</c> …</param>
/// <param name="DatapathActions">As Open vSwitch prints them.</param>
public sealed record PacketTrace(string Bridge, string Packet, IReadOnlyList<TraceStep> Steps, string Verdict, string DatapathActions);

/// <param name="Flow">The flow that matched, with port names; absent when none did.</param>
/// <param name="Actions">What it did, in order.</param>
public sealed record TraceStep(int Table, int? Priority, string? Flow, bool? Ours, IReadOnlyList<string> Actions);
