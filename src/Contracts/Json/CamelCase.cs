using System.Text.Json;
using System.Text.Json.Serialization;

namespace MeshMcp.Contracts.Json;

/// <summary>An enumeration as words, the way states write them (<c>netdev</c>, <c>awaitingConfirmation</c>); numbers are refused.</summary>
public sealed class CamelCase<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.CamelCase, allowIntegerValues: false)
    where T : struct, Enum;
