using System.Text;
using System.Text.Json;
using MeshMcp.Contracts.Errors;
using MeshMcp.HostBridge.Host;

namespace MeshMcp.HostBridge.Network;

/// <summary>Devices, rules, routes and neighbours by <c>ip</c>: one process for a look at everything, one for a batch of changes.</summary>
public sealed class Iproute(ICommandRunner commands)
{
    /// <summary>Marks rules and routes as ours.</summary>
    public const int OurProtocol = 77;

    const string Questions = "rule show\nroute show table all proto 77\naddr show\nneigh show nud permanent\nroute show default table main\n";

    public async Task<IpView> ReadAsync(CancellationToken ct)
    {
        var result = await commands.RunAsync(Command.Of("ip", "-N", "-j", "-batch", "-") with { Input = Questions }, ct);
        var answers = Answers(result.Output);
        if (answers.Count != 5) throw new MeshException(ErrorKind.CommandFailed, $"ip gave {answers.Count} answers to 5 questions.", "ip");
        return new(
            [.. answers[0].EnumerateArray().Select(Rule)],
            [.. answers[1].EnumerateArray().Select(Route).OfType<IpRoute>()],
            [.. answers[2].EnumerateArray().Select(Device)],
            [.. answers[3].EnumerateArray().Select(Neighbour).OfType<IpNeighbour>()],
            answers[4].EnumerateArray().OrderBy(r => Number(r, "metric")).Select(r => Text(r, "dev")).FirstOrDefault(d => d is not null));
    }

    /// <summary>Where the kernel would send a packet now, by all its rules and tables.</summary>
    /// <param name="from">Its sender, with the device that it came in by; null for one of the node's own.</param>
    public async Task<Routed> RouteAsync(string destination, (string Source, string Device)? from, CancellationToken ct)
    {
        string[] origin = from is (var source, var device) ? ["from", source, "iif", device] : [];
        var result = await commands.RunAsync(Command.Of("ip", ["-N", "-j", "route", "get", destination, .. origin]) with { SuccessCodes = [0, 1, 2] }, ct);
        return result.ExitCode == 0 && Answers(result.Output) is [var routes] && routes.EnumerateArray().FirstOrDefault() is { ValueKind: JsonValueKind.Object } route
            ? new(Text(route, "dev"), Text(route, "gateway"), Text(route, "type") is "local" or "2", Text(route, "type") is "broadcast" or "3", null)
            : new(null, null, false, false, result.ErrorOutput.Trim().Replace("RTNETLINK answers: ", "", StringComparison.Ordinal));
    }

    /// <param name="lines">Commands of <c>ip</c> without its name; the first that fails ends the batch.</param>
    public async Task RunAsync(IReadOnlyList<string> lines, CancellationToken ct)
    {
        if (lines.Count > 0) await commands.RunAsync(Command.Of("ip", "-batch", "-") with { Input = string.Join('\n', lines) + "\n" }, ct);
    }

    static List<JsonElement> Answers(string output)
    {
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(output), new JsonReaderOptions { AllowMultipleValues = true });
        var answers = new List<JsonElement>();
        while (reader.Read()) answers.Add(JsonElement.ParseValue(ref reader));
        return answers;
    }

    static IpRule Rule(JsonElement rule) => new((int)Number(rule, "priority"), Text(rule, "iif"), Text(rule, "table"), Text(rule, "protocol") == $"{OurProtocol}");

    /// <summary>IPv6 routes have no place here.</summary>
    static IpRoute? Route(JsonElement route) => Text(route, "dst") is { } destination && !destination.Contains(':', StringComparison.Ordinal)
        ? new(int.TryParse(Text(route, "table"), out var table) ? table : 0, destination, Text(route, "type") is "unreachable" or "7", Text(route, "gateway"), Text(route, "dev"), Number(route, "metric"))
        : null;

    static IpDevice Device(JsonElement device)
    {
        JsonElement[] addresses = [.. device.GetProperty("addr_info").EnumerateArray().Where(a => Text(a, "family") == "inet")];
        return new(
            Text(device, "ifname")!,
            device.GetProperty("flags").EnumerateArray().Any(f => f.GetString() == "UP"),
            (int)Number(device, "mtu"),
            Text(device, "link_type") is "ether" or "[1]",
            [.. addresses.Select(a => $"{Text(a, "local")}/{Number(a, "prefixlen")}")],
            [.. addresses.Where(a => Text(a, "scope") is "global" or "0").Select(a => Text(a, "local")!)]);
    }

    static IpNeighbour? Neighbour(JsonElement neighbour) =>
        Text(neighbour, "lladdr") is { } mac ? new(Text(neighbour, "dst")!, Text(neighbour, "dev")!, mac) : null;

    static string? Text(JsonElement from, string name) => from.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    static long Number(JsonElement from, string name) => from.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetInt64() : 0;
}

/// <param name="Device">That the packet leaves by; null where it does not.</param>
/// <param name="Local">To the node itself.</param>
/// <param name="Fault">Why there is no way, in the kernel's words.</param>
public sealed record Routed(string? Device, string? Gateway, bool Local, bool Broadcast, string? Fault);
