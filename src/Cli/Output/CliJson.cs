using System.Text.Json.Serialization;
using MeshMcp.Cli.Commands;

namespace MeshMcp.Cli.Output;

/// <summary>Results that only the command line has, in the form of the wire.</summary>
[JsonSerializable(typeof(NodeCommands.Joined))]
[JsonSerializable(typeof(TokenCommands.Created))]
[JsonSerializable(typeof(TokenCommands.Revoked))]
[JsonSerializable(typeof(List<TokenCommands.Listed>))]
[JsonSerializable(typeof(PkiCommands.Made))]
sealed partial class CliJson : JsonSerializerContext;
