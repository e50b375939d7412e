using System.Text.RegularExpressions;
using MeshMcp.Contracts.Errors;
using MeshMcp.HostBridge.Engine;
using MeshMcp.HostBridge.Joining;
using MeshMcp.HostBridge.Store;
using MeshMcp.HostBridge.Systems.Netmaker;
using MeshMcp.HostBridge.Systems.Systemd;
using MeshMcp.HostBridge.Systems.Uplink;
using MeshMcp.HostBridge.Systems.Wireguard;
using MeshMcp.HostBridge.Systems.Xray;
using MeshMcp.UnitTests.Architecture;
using Xunit;

namespace MeshMcp.UnitTests.Store;

/// <summary>A file of the agent's own that cannot be read takes nothing else down: it is set aside, and the node says so until somebody saw to it.</summary>
public sealed partial class CorruptRecordsTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("meshmcp-corrupt-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>The file in the state folder, and what reads it; true when nothing of it is known.</summary>
    static readonly Dictionary<string, Func<string, bool>> All = new()
    {
        ["wireguard/devices/wg0.json"] = f => new TunnelRecords(Path.GetDirectoryName(f)!).All().Count == 0,
        ["wireguard/released.json"] = f => new ReleasedAddresses(f, TimeProvider.System).Cooling.Count == 0,
        ["uplink.json"] = f => new UplinkRecords(f).Read() is null,
        ["xray/101.json"] = f => new XrayRecords(Path.GetDirectoryName(f)!).All().Count == 0,
        ["units.json"] = f => new Ledger<UnitRecord>(f, SystemdJson.Default.IReadOnlyDictionaryStringUnitRecord).Read().Count == 0,
        ["netmaker.json"] = f => new NetmakerLedger(Path.GetDirectoryName(f)!).Read() is null,
    };

    /// <summary>Objects of which nothing is required: a map, a section.</summary>
    static readonly string[] Lenient = ["units.json", "netmaker.json"];

    public static TheoryData<string, string> Broken => [.. from file in All.Keys from content in new[] { "{", "", "null", "[1,2]", "\"text\"", "\0\0\0\0", "{\"x\":1}" } where content[0..Math.Min(1, content.Length)] != "{" || content == "{" || !Lenient.Contains(file) select (file, content)];

    [Theory, MemberData(nameof(Broken))]
    public void It_is_set_aside_and_said_and_everything_else_goes_on(string file, string content)
    {
        var path = Path.Combine(_folder, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);

        Assert.True(All[file](path));

        Assert.Equal(content, File.ReadAllText(path + ".corrupt"));
        Assert.False(File.Exists(path));
        var said = Assert.Single(new StoreFindings(new NodeStore(_folder)).Findings());
        Assert.StartsWith($"{path}.corrupt could not be read", said.Message, StringComparison.Ordinal);
        Assert.True(All[file](path));
    }

    /// <summary>Who was forgotten is in it, and must not be let in again.</summary>
    [Theory]
    [InlineData("{"), InlineData(""), InlineData("null"), InlineData("{}"), InlineData("{\"x\":1}")]
    public void Who_joined_is_not_set_aside_but_nobody_joins_until_it_is_mended(string content)
    {
        var path = Path.Combine(_folder, "joining.json");
        File.WriteAllText(path, content);

        var error = Assert.Throws<MeshException>(() => new JoiningStore(path, TimeProvider.System).Nodes).Error;

        Assert.Equal((ErrorKind.Unavailable, path), (error.Kind, error.Target));
        Assert.Equal(content, File.ReadAllText(path));
    }

    /// <summary>So that the list above has only to name what is kept, and not by which way. Configuration and what is revoked are refused instead: to go on without them would let somebody in.</summary>
    [Fact]
    public void Nothing_of_the_agents_own_is_read_but_by_CorruptFile()
    {
        string[] known = ["src/HostBridge/Access/BridgeConfiguration.cs", "src/HostBridge/Access/Revocations.cs", "src/HostBridge/Joining/JoiningStore.cs", "src/HostBridge/Store/CorruptFile.cs", "src/HostBridge/Store/DeclaredDocuments.cs", "src/HostBridge/Systems/Netmaker/NetclientFiles.cs"];
        Assert.Equal(known, ArchitectureTests.Sources("src").Where(s => s.Path.StartsWith("src/HostBridge/", StringComparison.Ordinal) && ReadsAFile().IsMatch(s.Text)).Select(s => s.Path).Order(StringComparer.Ordinal));
    }

    [GeneratedRegex(@"JsonSerializer\.Deserialize\w*\(\s*File\.")]
    private static partial Regex ReadsAFile();
}
