using MeshMcp.HostBridge.OpenVSwitch;

namespace MeshMcp.HostBridge.Engine;

/// <summary>What a step lays hands on: a closed set. Systems say it and judge nothing; what of it lies on a way to the node is the guard's to tell.</summary>
public abstract record Touch
{
    private Touch()
    {
    }

    /// <summary>A bridge that is there, as a whole.</summary>
    public sealed record Bridge(string Name, bool Removed = false) : Touch;

    /// <summary>A bridge that is to be made.</summary>
    public sealed record NewBridge(string Name) : Touch;

    /// <summary>A port of the bridge.</summary>
    /// <param name="Adds">It was no port before: a device that becomes one no longer carries the node's own packets.</param>
    public sealed record Port(string Name, bool Adds = false, bool Removed = false) : Touch;

    /// <summary>Policy routes of a layer-3 device.</summary>
    public sealed record Routes(string Device, bool Removed = false) : Touch;

    /// <summary>An address with its prefix length.</summary>
    /// <param name="Path">Of what says it in the state.</param>
    public sealed record Address(string Device, string? Before, string After, string Path) : Touch;

    /// <summary>The whole table of a bridge before and after.</summary>
    /// <param name="Changed">Flows that are removed, added, or whose actions change, as they were and as they will be.</param>
    public sealed record Flows(IReadOnlyList<CanonicalFlow> Before, IReadOnlyList<CanonicalFlow> After, IReadOnlyList<CanonicalFlow> Changed) : Touch;

    /// <param name="Lasting">What is changed counts from the next boot on: enabled, disabled, masked.</param>
    public sealed record Unit(string Name, bool Starts = false, bool Stops = false, bool Lasting = false) : Touch;

    /// <param name="Removed">Otherwise it is installed, or replaced by another version.</param>
    public sealed record Package(string Name, bool Removed = false, bool Replaced = false) : Touch;

    /// <summary>A container.</summary>
    /// <param name="Runs">It runs now.</param>
    /// <param name="Ends">What runs of it ends: stopped, deleted or restarted.</param>
    public sealed record Container(string Id, bool Runs, bool Ends) : Touch;

    /// <summary>A port of the node's own addresses that a container serves, or did.</summary>
    /// <param name="Opens">It was not published before.</param>
    /// <param name="Closes">It is published no longer.</param>
    public sealed record Published(string Protocol, int Number, bool Opens, bool Closes) : Touch;

    /// <summary>The node's uplink.</summary>
    /// <param name="Before">As the state named it; null: the device of the default route.</param>
    public sealed record Uplink(string? Before, string? After) : Touch;

    /// <summary>A layer-3 tunnel.</summary>
    /// <param name="Ends">It goes, moves to another port or gets another key: whoever is connected loses it.</param>
    /// <param name="Clients">People's devices whose connection changes.</param>
    public sealed record Tunnel(string Name, bool Ends, IReadOnlyList<string> Clients) : Touch;

    /// <summary>A network that others reach through this node.</summary>
    public sealed record Egress(string Network, bool Removed) : Touch;
}
