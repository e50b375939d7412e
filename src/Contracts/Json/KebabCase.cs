using System.Text.Json;
using System.Text.Json.Serialization;

namespace MeshMcp.Contracts.Json;

/// <summary>An enumeration as words with dashes (<c>warp-profile</c>); numbers are refused.</summary>
public sealed class KebabCase<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false)
    where T : struct, Enum;
