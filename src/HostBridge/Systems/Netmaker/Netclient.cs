using MeshMcp.Contracts.Errors;
using MeshMcp.HostBridge.Host;

namespace MeshMcp.HostBridge.Systems.Netmaker;

/// <summary>Why a join did not come about.</summary>
/// <param name="Final">The server refused this key: it will not do better the next time.</param>
sealed class JoinFailure(bool final, string message) : Exception(message)
{
    public bool Final => final;
}

/// <summary>How this host joins.</summary>
/// <param name="Endpoint">A public address that peers shall use; null: the server finds out.</param>
sealed record JoinOptions(string Network, string Interface, int Port, string? Endpoint, string HostName);

/// <summary>The program netclient. Its exit code says little (0 also when the server could not be reached), so success is what its files and the kernel show.</summary>
sealed class Netclient(ICommandRunner commands, LinkAddresses links, TimeProvider time)
{
    const string Registered = "registered with server", Failed = "registration failed";
    static readonly TimeSpan ForCommand = TimeSpan.FromSeconds(60);
    /// <summary>Its unit waits 17 s before it starts.</summary>
    static readonly TimeSpan ForDevice = TimeSpan.FromSeconds(45);
    static readonly TimeSpan Steady = TimeSpan.FromSeconds(1);
    static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50);

    long? _upSince;

    public static bool IsInstalled => ProgramPath.IsThere("netclient");

    /// <exception cref="JoinFailure">Refused, or not reached.</exception>
    /// <exception cref="MeshException">It registered, but no device came.</exception>
    public async Task JoinAsync(JoinOptions options, string token, CancellationToken ct)
    {
        await NameDeviceAsync(options.Interface, ct);
        List<string> words = ["join", "-t", token.Trim(), "-p", $"{options.Port}", "-j", "-o", options.HostName];
        if (options.Endpoint is { } endpoint) words.AddRange(["-e", endpoint, "-i"]);
        var (code, said) = await RunAsync(words, ct);
        if (!said.Contains(Registered, StringComparison.Ordinal)) throw FailureOf(code, said);
        await UntilAsync(() => NetclientFiles.Memberships().ContainsKey(options.Network) && IsSteady(options.Interface), () =>
            new(ErrorKind.Timeout,
                NetclientFiles.Memberships().ContainsKey(options.Network)
                    ? $"This host is registered, but netclient made no device {options.Interface} within {ForDevice.TotalSeconds:0} s."
                    : $"The server registered this host, but in {ForDevice.TotalSeconds:0} s it did not make it a member of {options.Network}: the key may be for other networks, or the host waits for an operator's approval.",
                "netmaker.interface", "Its daemon makes the device: look at netclient.service and its log."), ct);
    }

    public async Task LeaveAsync(string network, CancellationToken ct)
    {
        var (_, said) = await RunAsync(["leave", network], ct);
        await UntilAsync(() => !NetclientFiles.Memberships().ContainsKey(network) && IsIdle, () =>
            new(ErrorKind.CommandFailed, $"netclient did not leave {network}: {Last(said)}", "netmaker.network", "The server must answer for that; or remove the host there and delete the membership here with netclient leave."), ct);
    }

    /// <summary>Takes the device out of the network, or back in, while the host stays a member: no key is needed, nor the server.</summary>
    public async Task SetConnectedAsync(string network, bool connected, CancellationToken ct)
    {
        var (_, said) = await RunAsync([connected ? "connect" : "disconnect", network], ct);
        await UntilAsync(() => NetclientFiles.Memberships().GetValueOrDefault(network)?.Connected == connected && (connected ? IsSteady(Device) : IsIdle), () =>
            new(ErrorKind.CommandFailed, $"netclient did not {(connected ? "connect to" : "disconnect from")} {network}: {Last(said)}", "netmaker.network", "Look at netclient.service and its log."), ct);
    }

    /// <summary>Changes port and endpoint of a host that is a member already.</summary>
    public async Task PushAsync(JoinOptions options, CancellationToken ct)
    {
        List<string> words = ["push", "-p", $"{options.Port}", "-j"];
        if (options.Endpoint is { } endpoint) words.AddRange(["-e", endpoint, "-i"]);
        var (code, said) = await RunAsync(words, ct);
        if (code != 0) throw new MeshException(ErrorKind.CommandFailed, $"netclient push ended with {code}: {Last(said)}", "netmaker.listen_port");
    }

    /// <summary>Its first command makes the file; then the name in it holds from the next start on.</summary>
    async Task NameDeviceAsync(string device, CancellationToken ct)
    {
        if (NetclientFiles.Host() is null) await RunAsync(["list"], ct);
        if (NetclientFiles.Host() is not { } host)
            throw new MeshException(ErrorKind.CommandFailed, "netclient wrote no /etc/netclient/netclient.json.", "netclient", "Run netclient list as root and read what it says: usually WireGuard is missing.");
        if (host.Interface == device) return;
        // A running one would write its own name back.
        if (HasUnit) await commands.RunAsync(Command.Of("systemctl", "stop", "netclient.service") with { Timeout = ForCommand }, ct);
        NetclientFiles.Name(device);
    }

    /// <summary>Without the token in any error: that would end in the audit.</summary>
    async Task<(int Code, string Said)> RunAsync(List<string> words, CancellationToken ct)
    {
        var command = Command.Of("netclient", words) with { Timeout = ForCommand, SuccessCodes = [.. Enumerable.Range(0, 256)], Environment = Trust };
        try
        {
            var result = await commands.RunAsync(command, ct);
            return (result.ExitCode, result.Output + "\n" + result.ErrorOutput);
        }
        catch (MeshException e) when (e.Error.Kind is ErrorKind.Timeout or ErrorKind.CommandFailed)
        {
            throw new MeshException(e.Error.Kind, $"netclient {words[0]} did not end within {ForCommand.TotalSeconds:0} s and was killed.", "netclient");
        }
    }

    /// <summary>Go reads the system's certificates besides this file.</summary>
    static Dictionary<string, string> Trust => File.Exists(JsonApi.Authority) ? new() { ["SSL_CERT_FILE"] = JsonApi.Authority } : [];

    static bool HasUnit => Directory.Exists("/run/systemd/system") && File.Exists("/etc/systemd/system/netclient.service");

    static string Device => NetclientFiles.Host()?.Interface ?? "";

    /// <summary>Without a network that it is in, netclient has no device with an address.</summary>
    bool IsIdle => NetclientFiles.Memberships().Values.Any(m => m.Connected) || links.Find(Device)?.Address is null;

    /// <summary>Up with its address, and for a while: a daemon that starts over may take it away once more.</summary>
    bool IsSteady(string device)
    {
        if (links.Find(device) is not { Up: true, Address: not null }) _upSince = null;
        else _upSince ??= time.GetTimestamp();
        return _upSince is { } since && time.GetElapsedTime(since) >= Steady;
    }

    static JoinFailure FailureOf(int code, string said)
    {
        if (said.Split('\n').FirstOrDefault(l => l.Contains("error registering with server", StringComparison.Ordinal)) is { } refused)
        {
            var words = refused[(refused.IndexOf("code:", StringComparison.Ordinal) + 5)..].Trim();
            var known = words.Contains("invalid enrollment key", StringComparison.Ordinal) ? " (it has expired, or all its uses are spent)"
                : words.Contains("no enrollmentkey found", StringComparison.Ordinal) ? " (the server does not know it)" : "";
            return new(true, $"The server refused the enrollment key: {words}{known}");
        }
        if (said.Contains("could not read enrollment token", StringComparison.Ordinal)) return new(true, "netclient cannot read the enrollment key");
        if (said.Split('\n').FirstOrDefault(l => l.Contains(Failed, StringComparison.Ordinal)) is { } failed)
            return new(false, $"The server was not reached: {failed[(failed.IndexOf(Failed, StringComparison.Ordinal) + Failed.Length)..].Trim()}");
        return new(false, $"netclient join ended with {code}: {Last(said)}");
    }

    static string Last(string said) => said.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault() ?? "it said nothing";

    async Task UntilAsync(Func<bool> done, Func<MeshException> otherwise, CancellationToken ct)
    {
        var began = time.GetTimestamp();
        _upSince = null;
        while (!done())
        {
            if (time.GetElapsedTime(began) > ForDevice) throw otherwise();
            await Task.Delay(Poll, time, ct);
        }
    }
}
