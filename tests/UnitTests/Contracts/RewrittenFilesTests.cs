using System.Text.RegularExpressions;
using MeshMcp.Cli.Joining;
using MeshMcp.Contracts.Files;
using MeshMcp.Contracts.State;
using MeshMcp.Contracts.Trust;
using MeshMcp.HostBridge.Joining;
using MeshMcp.HostBridge.Store;
using MeshMcp.HostBridge.Systems.Netmaker;
using MeshMcp.HostBridge.Systems.Systemd;
using MeshMcp.HostBridge.Systems.Wireguard;
using MeshMcp.UnitTests.Architecture;
using Xunit;

namespace MeshMcp.UnitTests.Contracts;

/// <summary>Who reads a file that root rewrites (a server with a user of its own, the relay, a container's root) reads the new one too, and nobody else does.</summary>
public sealed partial class RewrittenFilesTests : IDisposable
{
    const uint User = 4711, Group = 4712, Relay = 9575;
    const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;

    static readonly CertificateAuthority Authority = CertificateAuthority.Create("mesh", TimeSpan.FromDays(10), TimeProvider.System);

    readonly string _folder = Directory.CreateTempSubdirectory("meshmcp-rewritten-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>The file, what makes it, and what writes it anew.</summary>
    static readonly Dictionary<string, (string File, Action<string> Make, Action<string> Rewrite)> All = new()
    {
        ["tokens, one more"] = ("tokens.json", f => Tokens(f).Create("a", [Scope.Read]), f => Tokens(f).Create("b", [Scope.Read])),
        ["tokens, one less"] = ("tokens.json", f => Tokens(f).Create("a", [Scope.Read]), f => Tokens(f).Revoke("a")),
        ["authority, certificate"] = ("ca.crt", f => Folder(f).Create("mesh"), f => Folder(f).Create("mesh", force: true)),
        ["authority, key"] = ("ca.key", f => Folder(f).Create("mesh"), f => Folder(f).Create("mesh", force: true)),
        ["issued again, certificate"] = ("mcp.server.crt", f => Issue(f, first: true), f => Issue(f, first: false)),
        ["issued again, key"] = ("mcp.server.key", f => Issue(f, first: true), f => Issue(f, first: false)),
        ["renewed, certificate"] = ("node.crt", Renew, Renew),
        ["renewed, key"] = ("node.key", Renew, Renew),
        ["joined again, authority"] = ("ca.crt", Join, Join),
        ["joined again, certificate"] = ("node.crt", Join, Join),
        ["joined again, host bridge's configuration"] = ("hostbridge.json", Join, Join),
        ["joined again, relay's configuration"] = ("relay.json", Join, Join),
        ["nodes that joined"] = ("joining.json", f => Joined(f, "a"), f => Joined(f, "b")),
        ["secret"] = ("key.file", f => Secret(f, "one"), f => Secret(f, "two")),
        ["ledger"] = ("units.json", f => Ledger(f).Note("a.service", new("a.service", new(), new())), f => Ledger(f).Note("a.service", null)),
        ["membership"] = ("netmaker.json", f => Membership(f, "a"), f => Membership(f, "b")),
        ["tunnel"] = ("wg0.json", f => new TunnelRecords(At(f)).Write("wg0", new(new())), f => new TunnelRecords(At(f)).Write("wg0", new(new(), "192.0.2.1:1"))),
        ["addresses that cool down"] = ("released.json", f => new ReleasedAddresses(f, TimeProvider.System).Add([]), f => new ReleasedAddresses(f, TimeProvider.System).Add([new("10.0.0.2", default)])),
        ["journal"] = ("journal.jsonl", f => new NodeJournal(f).Rewrite([]), f => new NodeJournal(f).Rewrite([new(Given: 1)])),
    };

    public static TheoryData<string> Names => [.. All.Keys];

    [Theory, MemberData(nameof(Names))]
    public void It_keeps_owner_group_and_mode(string name)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root gives files to others.");
        var (file, make, rewrite) = All[name];
        var path = Path.Combine(_folder, file);
        make(path);
        var before = File.ReadAllBytes(path);
        using (var there = File.OpenHandle(path)) new FileRights(Mode, User, Group).GiveTo(there, path);

        rewrite(path);

        Assert.Equal(new(Mode, User, Group), FileRights.Of(path));
        Assert.NotEqual(before, File.ReadAllBytes(path));
    }

    [Fact]
    public void The_key_of_a_machine_that_joins_again_is_the_relays_alone_whosever_it_was()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root gives files to others.");
        var path = Path.Combine(_folder, "node.key");
        Join(path);
        using (var there = File.OpenHandle(path)) new FileRights(Mode, User, Group).GiveTo(there, path);
        Join(path);
        Assert.Equal(new(AtomicFile.Secret, Relay, Relay), FileRights.Of(path));
    }

    /// <summary>So that the list above has only to name what is written, and not by which way.</summary>
    [Fact]
    public void Nothing_takes_a_files_place_but_by_AtomicFile()
    {
        // A pair's second halves, a machine's files, which AtomicFile wrote with the rights of the first; and what is set aside or rotated, which nobody else reads.
        string[] known = ["src/Contracts/Files/AtomicFile.cs", "src/Contracts/Trust/CertificatePair.cs", "src/Cli/Joining/NodeFolder.cs", "src/HostBridge/Store/CorruptFile.cs", "src/HostBridge/Audit/AuditFiles.cs"];
        Assert.Equal(known.Order(StringComparer.Ordinal), ArchitectureTests.Sources("src").Where(s => TakesAPlace().IsMatch(s.Text)).Select(s => s.Path).Order(StringComparer.Ordinal));
    }

    [GeneratedRegex(@"File\.Move\([^;]*overwrite: true|FileMode\.(Create|Truncate)\b|(?<!Atomic|Socket|Line)File\.(Replace|WriteAll\w+)\((?!\$""(\{target\}|/proc/sys))")]
    private static partial Regex TakesAPlace();

    static string At(string file) => Path.GetDirectoryName(file)!;

    static TokenFile Tokens(string file) => new(file, TimeProvider.System);

    static AuthorityFolder Folder(string file) => new(At(file), TimeProvider.System);

    static void Issue(string file, bool first)
    {
        if (first) Folder(file).Create("mesh");
        Folder(file).Issue(MeshRole.Server, "mcp", [], TimeSpan.FromDays(1), force: !first);
    }

    static void Renew(string file)
    {
        var issued = Authority.Issue(MeshRole.Node, "edge1", [], TimeSpan.FromDays(1));
        CertificatePair.Replace(new(Path.Combine(At(file), "node.crt"), Path.Combine(At(file), "node.key")), issued.CertificatePem, issued.KeyPem);
    }

    static int _joined;

    static void Join(string file)
    {
        var issued = Authority.Issue(MeshRole.Node, "edge1", [], TimeSpan.FromDays(1));
        // Each file differs from the one before.
        var n = Interlocked.Increment(ref _joined);
        new NodeFolder(At(file), Relay).Write(new("edge1", $"{Authority.CertificatePem}\n{n}", issued.CertificatePem, issued.KeyPem, "server/mcp", "operate", $"10.0.0.1:{n}", $"https://192.0.2.1:{n}/enroll"));
    }

    static void Joined(string file, string name) => new JoiningStore(file, TimeProvider.System).Record(new(name, null, default, default));

    static void Secret(string file, string value) => new SecretStore(At(file)).Put(Path.GetFileNameWithoutExtension(file), SecretKind.File, value);

    static Ledger<UnitRecord> Ledger(string file) => new(file, SystemdJson.Default.IReadOnlyDictionaryStringUnitRecord);

    static void Membership(string file, string network) => new NetmakerLedger(At(file)).Write(new() { Mode = NetmakerMode.Client, Network = network, Interface = "netmaker" });
}
