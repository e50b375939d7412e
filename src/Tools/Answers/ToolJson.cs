using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.State;
using MeshMcp.Tools.Changes;
using MeshMcp.Tools.Containers;
using MeshMcp.Tools.Flows;
using MeshMcp.Tools.Host;
using MeshMcp.Tools.Nodes;
using MeshMcp.Tools.States;
using MeshMcp.Tools.Topology;
using MeshMcp.Tools.Traces;
using MeshMcp.Tools.Tunnels;
using MeshMcp.Tools.Xray;
using ModelContextProtocol;

namespace MeshMcp.Tools.Answers;

/// <summary>The JSON of arguments and answers.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, Converters = [typeof(CamelCase<Effect>), typeof(CamelCase<ChangeOutcome>), typeof(CamelCase<StateSide>), typeof(CamelCase<ContainerState>), typeof(CamelCase<Ensure>)])]
[JsonSerializable(typeof(NodeList))]
[JsonSerializable(typeof(ShownState))]
[JsonSerializable(typeof(FlowPage))]
[JsonSerializable(typeof(ChangeReport))]
[JsonSerializable(typeof(PlanReport))]
[JsonSerializable(typeof(ChangePage))]
[JsonSerializable(typeof(ShownTrace))]
[JsonSerializable(typeof(MeshTopology))]
[JsonSerializable(typeof(ShownContainers))]
[JsonSerializable(typeof(ShownExec))]
[JsonSerializable(typeof(ContainerState))]
[JsonSerializable(typeof(Ensure))]
[JsonSerializable(typeof(IReadOnlyList<ServiceArgument>))]
[JsonSerializable(typeof(IReadOnlyList<FileArgument>))]
[JsonSerializable(typeof(StateSide))]
[JsonSerializable(typeof(ShownWireguard))]
[JsonSerializable(typeof(ShownAccess))]
[JsonSerializable(typeof(JsonNode))]
[JsonSerializable(typeof(ShownUnits))]
[JsonSerializable(typeof(ShownPackages))]
[JsonSerializable(typeof(ShownXray))]
[JsonSerializable(typeof(ShownXrayUser))]
[JsonSerializable(typeof(ShownNetmaker))]
[JsonSerializable(typeof(ShownHosts))]
[JsonSerializable(typeof(ShownKey))]
sealed partial class ToolJson : JsonSerializerContext
{
    /// <summary>With the package's own types, for schemas and arguments.</summary>
    public static JsonSerializerOptions WithProtocol => field ??= Make();

    static JsonSerializerOptions Make()
    {
        var options = new JsonSerializerOptions(Default.Options);
        options.TypeInfoResolverChain.Add(McpJsonUtilities.DefaultOptions.TypeInfoResolver!);
        options.MakeReadOnly();
        return options;
    }

    sealed class CamelCase<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.CamelCase) where T : struct, Enum;
}
