using MeshMcp.HostBridge.Network;

namespace MeshMcp.HostBridge.Systems.Adapters;

/// <param name="Settings">Of the kernel, for the devices concerned, by key; absent where there is no such device.</param>
public sealed record ObservedAdapters(IpView Ip, IReadOnlyDictionary<string, string> Settings);
