using System.Text.Json.Serialization;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.Json;
using MeshMcp.Tools.Answers;

namespace MeshMcp.Tools.Containers;

/// <summary>Answer of <c>list_containers</c>.</summary>
/// <param name="Total">On the node, with those that wait.</param>
/// <param name="Trash">Deleted ones whose files are still there.</param>
/// <param name="Templates">What a container can be made from.</param>
public sealed record ShownContainers(string Node, int Total, IReadOnlyList<ContainerStatus> Containers, IReadOnlyList<TrashedContainer> Trash, IReadOnlyList<string> Templates) : Told;

/// <summary>Answer of <c>container_exec</c>.</summary>
/// <param name="Output">Beginning and end where it is longer than what was asked for; a line between them says how much is left out.</param>
/// <param name="LeftOut">Characters of both streams.</param>
/// <param name="Cut">More was printed than the first 64 KiB of each stream.</param>
public sealed record ShownExec(string Node, string Id, int ExitCode, string Output, string ErrorOutput, int? LeftOut = null, bool Cut = false) : Told;

/// <summary>What a container should do.</summary>
[JsonConverter(typeof(CamelCase<ContainerState>))]
public enum ContainerState { Running, Stopped, Restarted }
