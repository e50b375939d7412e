namespace MeshMcp.Mutants;

/// <summary>A kind of safety rule, where it is written, and what must notice when it is touched.</summary>
/// <param name="Files">Under <c>src</c>; a star stands for any part of a name.</param>
/// <param name="Tests">Their classes, by project and name.</param>
/// <param name="Members">Only these of the files; all when null.</param>
/// <param name="Texts">Strings there are rules themselves.</param>
sealed record Rule(string Kind, IReadOnlyList<string> Files, IReadOnlyList<string> Tests, IReadOnlyList<string>? Members = null, bool Texts = false)
{
    /// <summary>To hold more rules, add a line.</summary>
    public static readonly IReadOnlyList<Rule> All =
    [
        new("ceilings", ["HostBridge/Access/Caller.cs", "HostBridge/Access/Ceilings.cs", "HostBridge/Access/BridgeConfiguration.cs"], ["UnitTests.Access.*"]),
        new("preamble", ["HostBridge/Wire/PeerConnection.cs", "Contracts/Nodes/RelayPreamble.cs"], ["UnitTests.Access.PreambleTests", "UnitTests.Access.StarvationTests", "UnitTests.Relay.RelayPreambleTests"]),
        new("certificates", ["Contracts/Trust/CertificateAuthority.cs", "Contracts/Trust/CertificatePair.cs", "Contracts/Trust/Mesh*.cs", "Contracts/Trust/TrustStore.cs", "Contracts/Trust/Authority*.cs"], ["UnitTests.Trust.*", "UnitTests.Joining.*"]),
        new("tokens", ["Contracts/Trust/Token*.cs", "Server/Http/TokenWatch.cs", "Server/Http/BearerCheck.cs", "Server/Http/Exposure.cs", "Server/Http/HostGuard.cs"], ["UnitTests.Trust.Token*", "UnitTests.Server.HostGuardTests", "UnitTests.Server.ExposureTests", "UnitTests.Server.TokenWatchTests", "IntegrationTests.Server.McpAccessTests"]),
        new("shown certificates", ["Server/Http/ShownCertificates.cs", "Server/Http/TlsCertificate.cs"], ["UnitTests.Server.ShownCertificatesTests"]),
        new("scopes", ["Server/Mcp/Filters/ScopeFilter.cs", "Tools/Calls/RequiresScopeAttribute.cs", "Server/Http/Caller.cs"], ["IntegrationTests.Server.McpAccessTests"]),
        new("approval", ["Tools/Calls/Approval.cs", "Tools/Calls/RequestStateProtector.cs"], ["IntegrationTests.Server.ApprovalTests", "UnitTests.Server.RequestStateProtectorTests"]),
        new("confirmation", ["Tools/Changes/CallerConfirmation.cs"], ["UnitTests.Tools.CallerConfirmationTests"]),
        new("audit", ["HostBridge/Audit/AuditLog.cs", "HostBridge/Audit/AuditFiles.cs", "Contracts/Nodes/AuditChain.cs"], ["UnitTests.Store.Audit*"]),
        new("quotas", ["Contracts/Logs/RefusalFold.cs", "HostBridge/Wire/AuditRoutes.cs"], ["UnitTests.Store.AuditRoutesTests", "UnitTests.Store.AuditRefusalTests"]),
        new("marks", ["HostBridge/OpenVSwitch/Mark.cs", "HostBridge/Systems/Openflow/FlowCookie.cs", "HostBridge/Systems/Bridge/AdapterMark.cs"], ["UnitTests.Marks.*"]),
        new("way in", ["HostBridge/Engine/ManagementPaths.cs"], ["UnitTests.Engine.*"]),
        new("guard", ["HostBridge/Engine/Guard.cs", "HostBridge/Engine/FlowGuard.cs", "HostBridge/Engine/UnitGuard.cs", "HostBridge/Engine/PackageGuard.cs", "HostBridge/Engine/AddressOverlap.cs"], ["UnitTests.Engine.GuardTests", "UnitTests.Engine.GuardRulesTests", "UnitTests.Engine.FlowGuardTests", "UnitTests.Engine.ForceTests"]),
        new("kill switch", ["HostBridge/Systems/Uplink/TableText.cs", "HostBridge/Systems/Uplink/UplinkTable.cs"], ["UnitTests.Uplink.*"], Texts: true),
        new("adapters", ["HostBridge/Systems/Adapters/AdapterPlan.cs"], ["UnitTests.Adapters.*"]),
        new("digests", ["HostBridge/Engine/Planner.cs"], ["UnitTests.Engine.*"], ["DigestOf"]),
        new("engine", ["HostBridge/Engine/NodeEngine.Confirm.cs"], ["UnitTests.Engine.*"], ["Read", "Confirm", "Extended", "RequireMaker", "Proof", "SectionsToEnd", "MayEnd", "RefuseWhileUnfinished", "Overdue"]),
        new("trash", ["HostBridge/Systems/Lxc/ContainerTrash.cs"], ["UnitTests.Lxc.ContainerTrash*"]),
        new("secrets", ["HostBridge/Store/SecretStore.cs", "Contracts/Files/AtomicFile.cs"], ["UnitTests.Store.SecretStore*", "UnitTests.Contracts.AtomicFileTests"]),
        new("keys past the model", ["HostBridge/Store/Handovers.cs", "HostBridge/Wire/HandoverRoutes.cs", "Tools/Answers/Handing.cs"], ["UnitTests.Store.Handover*", "UnitTests.Tools.RevealTests"]),
        new("whose keys are", ["HostBridge/Wire/Wire.cs"], ["UnitTests.Store.Handover*"], ["AnswerAsync", "Kept"]),
        new("declared", ["HostBridge/Store/DeclaredFile.cs"], ["UnitTests.Store.DeclaredFile*"]),
        new("containers of root", ["HostBridge/Systems/Lxc/RootsContainers.cs", "HostBridge/Systems/Lxc/ContainerIds.cs", "HostBridge/Access/MountPolicy.cs"], ["UnitTests.Lxc.*"]),
        new("revoked keys", ["HostBridge/Store/RevokedKeys.cs"], ["UnitTests.Store.RevokedKeysTests"]),
        new("revocations", ["HostBridge/Access/Revocations.cs", "Contracts/Trust/RevocationList.cs"], ["UnitTests.Joining.RevocationTests"]),
        new("places", ["HostBridge/Access/Places.cs"], ["UnitTests.Access.PlacesTests"]),
        new("relay", ["Server/Relay/RelayPeers.cs"], ["IntegrationTests.Relay.RelayRefusalTests", "IntegrationTests.Relay.RelayHostBridgeTests", "IntegrationTests.Relay.RelayTests"]),
    ];
}
