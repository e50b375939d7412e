using System.Text.Json.Serialization;

namespace MeshMcp.Contracts.Nodes;

/// <summary>A packet described by flow fields: <c>in_port=veth100,tcp,nw_dst=10.1.0.200,tp_dst=9573</c>. <c>in_port</c> is a port of the bridge, a tunnel or the uplink; left out, it follows from the sender.</summary>
public sealed record TraceRequest([property: JsonRequired] string Packet);

/// <summary>The way of one packet through the tables of a bridge, and through the node where it leaves the bridge or comes from elsewhere.</summary>
/// <param name="Packet">As it was given.</param>
/// <param name="Steps">Of all its ways through the bridge, in order.</param>
/// <param name="Verdict">Where it ends, in words: <c>dropped</c>, <c>output veth200</c>, <c>leaves by eth0 …</c></param>
/// <param name="DatapathActions">As Open vSwitch prints them.</param>
public sealed record PacketTrace(string Bridge, string Packet, IReadOnlyList<TraceStep> Steps, string Verdict, string DatapathActions)
{
    /// <summary>What was not given and is taken from the state, or taken for granted.</summary>
    public IReadOnlyList<string> Assumed { get; set; } = [];

    /// <summary>The places that it passes, one sentence for each.</summary>
    public IReadOnlyList<string> Way { get; set; } = [];
}

/// <param name="Flow">The flow that matched, with port names; absent when none did.</param>
/// <param name="Actions">What it did, in order.</param>
public sealed record TraceStep(int Table, int? Priority, string? Flow, bool? Ours, IReadOnlyList<string> Actions);
