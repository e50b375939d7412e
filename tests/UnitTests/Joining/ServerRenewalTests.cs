using System.Security.Cryptography.X509Certificates;
using MeshMcp.Contracts.Files;
using MeshMcp.Contracts.Trust;
using MeshMcp.HostBridge.Access;
using MeshMcp.HostBridge.Audit;
using MeshMcp.HostBridge.Engine;
using MeshMcp.HostBridge.Joining;
using MeshMcp.TestKit;
using Microsoft.Extensions.Logging;
using Xunit;

namespace MeshMcp.UnitTests.Joining;

/// <summary>The node that holds the authority renews the pairs of servers that root told it to, and gives nobody more than he has.</summary>
public sealed class ServerRenewalTests : IDisposable, ILogger<ServerRenewal>
{
    const UnixFileMode ForGroup = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;

    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("meshmcp-servers-");
    readonly HandClock _clock = new();
    readonly AuthorityFolder _authority;
    readonly CertificateFiles _mcp;
    readonly Revocations _revocations;
    readonly AuditLog _audit;
    readonly Enrollment _enrollment;
    readonly ServerRenewal _renewal;
    readonly List<string> _warnings = [];

    public ServerRenewalTests()
    {
        _authority = new(PathTo("pki"), _clock);
        _authority.Create("mesh");
        _mcp = Give(_authority, MeshRole.Server, "mcp");
        _revocations = new(PathTo("revoked.json"));
        _audit = new(_folder.FullName, "vps", _clock);
        var configuration = new BridgeConfiguration { Node = "vps", Authority = Place(_mcp.Certificate) };
        _enrollment = new(configuration, new(PathTo("joining.json"), _clock), _revocations, _clock);
        _renewal = Of(configuration);
    }

    public void Dispose()
    {
        _audit.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public void A_servers_certificate_lives_thirty_days_and_is_renewed_at_two_thirds_and_not_before()
    {
        var (before, key) = (Identity(), File.ReadAllText(_mcp.Key));
        Assert.Equal(_clock.Now.AddDays(30), Ends());

        _clock.Now += TimeSpan.FromDays(20) - TimeSpan.FromMinutes(2);
        _renewal.Look();
        Assert.Equal(before, Identity());

        _clock.Now += TimeSpan.FromMinutes(2);
        _renewal.Look();

        var after = Identity();
        Assert.Equal((before.Role, before.Name, _clock.Now), (after.Role, after.Name, after.Issued!.Value));
        Assert.NotEqual(before.Fingerprint, after.Fingerprint);
        Assert.NotEqual(key, File.ReadAllText(_mcp.Key));
        Assert.Equal(_clock.Now.AddDays(30), Ends());
        Assert.Equal(["10.1.0.200", "2001:db8::7", "mesh.example"], Addresses());
        Assert.Empty(_renewal.Findings());
    }

    [Fact]
    public void It_goes_on_for_years_by_itself()
    {
        for (var day = 0; day < 800; day++)
        {
            _clock.Now += TimeSpan.FromDays(1);
            _renewal.Look();
            Assert.True(Ends() - _clock.Now > TimeSpan.FromDays(9));
        }
        Assert.Equal(["10.1.0.200", "2001:db8::7", "mesh.example"], Addresses());
        Assert.Equal(40, _audit.Search(new(1000)).Count());
    }

    [Theory]
    [InlineData(365, 244, 30)]
    [InlineData(3, 2, 3)]
    public void One_that_was_issued_for_longer_is_shortened_then_and_one_for_less_stays_short(int issued, int later, int then)
    {
        _authority.Issue(MeshRole.Server, "mcp", [], TimeSpan.FromDays(issued), force: true);
        Put(_authority, MeshRole.Server, "mcp", _mcp);
        _clock.Now += TimeSpan.FromDays(later);
        _renewal.Look();
        Assert.Equal(_clock.Now.AddDays(then), Ends());
    }

    [Fact]
    public void Owner_group_and_mode_stay_as_they_were()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root gives files to others.");
        var (key, certificate) = (new FileRights(ForGroup, 4711, 4712), new FileRights(ForGroup, 0, 4712));
        AtomicFile.Write(_mcp.Key, File.ReadAllBytes(_mcp.Key), key);
        AtomicFile.Write(_mcp.Certificate, File.ReadAllBytes(_mcp.Certificate), certificate);
        var before = Identity();

        Later();

        Assert.NotEqual(before, Identity());
        Assert.Equal((key, certificate), (FileRights.Of(_mcp.Key), FileRights.Of(_mcp.Certificate)));
    }

    [Fact]
    public void Each_renewal_is_in_the_audit()
    {
        Later();
        var entry = Assert.Single(_audit.Search(new(10)));
        Assert.Equal(("meshmcp-hostbridge", ServerRenewal.Action, $"\"{_mcp.Certificate}\""), (entry.Caller, entry.Action, entry.Parameters));
        Assert.Contains("mesh://server/mcp", entry.Outcome, StringComparison.Ordinal);
        Assert.False(entry.Refused);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_revoked_one_is_not_renewed_by_name_or_by_fingerprint_and_a_new_one_in_its_place_is(bool byName)
    {
        var stolen = Identity();
        _clock.Now += TimeSpan.FromHours(1);
        _enrollment.Revoke(byName ? "mcp" : stolen.Fingerprint);

        Later();

        Assert.Equal(stolen, Identity());
        Assert.Contains("was revoked on", Fault());
        Assert.Empty(_audit.Search(new(10)));

        _authority.Issue(MeshRole.Server, "mcp", [], force: true);
        Put(_authority, MeshRole.Server, "mcp", _mcp);
        _renewal.Look();
        Assert.Empty(_renewal.Findings());
        Later();
        Assert.Single(_audit.Search(new(10)));
    }

    [Fact]
    public void One_of_another_authority_is_not_renewed()
    {
        var foreign = new AuthorityFolder(PathTo("foreign"), _clock);
        foreign.Create("mesh");
        foreign.Issue(MeshRole.Server, "mcp", []);
        Put(foreign, MeshRole.Server, "mcp", _mcp);
        Unrenewed("is not of this mesh's authority");
    }

    [Fact]
    public void A_nodes_is_not_a_servers()
    {
        _authority.Issue(MeshRole.Node, "vps", []);
        Put(_authority, MeshRole.Node, "vps", _mcp);
        Unrenewed("the role here must be 'server'");
    }

    [Fact]
    public void Who_lays_another_servers_certificate_beside_his_own_key_does_not_become_that_server()
    {
        var api = Give(_authority, MeshRole.Server, "api");
        File.Copy(api.Certificate, _mcp.Certificate, overwrite: true);
        Unrenewed("cannot be used");
    }

    [Fact]
    public void The_authority_itself_is_not_renewed()
    {
        File.Copy(_authority.Authority.Certificate, _mcp.Certificate, overwrite: true);
        File.Copy(_authority.Authority.Key, _mcp.Key, overwrite: true);
        Unrenewed("carries no mesh://ROLE/NAME");
    }

    public static TheoryData<string> Hands => ["the folder", "a folder above", "beside others' files", "the certificate", "another owner", "a link to the certificate", "a link to the key", "a link on the way"];

    [Theory, MemberData(nameof(Hands))]
    public void Nothing_is_renewed_where_others_than_root_have_their_hands(string hand)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess || hand != "another owner", "Only root gives files to others.");
        var place = Path.GetDirectoryName(_mcp.Certificate)!;
        switch (hand)
        {
            case "the folder": File.SetUnixFileMode(place, File.GetUnixFileMode(place) | UnixFileMode.OtherWrite); break;
            case "a folder above": File.SetUnixFileMode(_folder.FullName, File.GetUnixFileMode(_folder.FullName) | UnixFileMode.OtherWrite); break;
            case "beside others' files": File.SetUnixFileMode(place, File.GetUnixFileMode(place) | UnixFileMode.OtherWrite | UnixFileMode.StickyBit); break;
            case "the certificate": File.SetUnixFileMode(_mcp.Certificate, AtomicFile.Public | UnixFileMode.OtherWrite); break;
            case "another owner": AtomicFile.Write(_mcp.Certificate, File.ReadAllBytes(_mcp.Certificate), new FileRights(AtomicFile.Public, 4711, 4711)); break;
            case "a link to the certificate": Link(_mcp.Certificate); break;
            case "a link to the key": Link(_mcp.Key); break;
            case "a link on the way":
                Directory.Move(place, place + "-really");
                Directory.CreateSymbolicLink(place, place + "-really");
                break;
            default: throw new ArgumentOutOfRangeException(nameof(hand));
        }
        Unrenewed(hand.StartsWith("a link", StringComparison.Ordinal) ? "is a link" : "can be written by others");

        static void Link(string file)
        {
            File.Move(file, file + "-really");
            File.CreateSymbolicLink(file, file + "-really");
        }
    }

    [Theory]
    [InlineData("crt")]
    [InlineData("key")]
    public void What_is_not_there_is_a_finding_once_in_the_log_and_gone_when_it_is_back(string missing)
    {
        var file = Path.ChangeExtension(_mcp.Certificate, missing);
        File.Move(file, file + ".away");

        _renewal.Look();
        _renewal.Look();

        Assert.Contains($"{file} does not exist", Fault());
        Assert.Single(_warnings);
        File.Move(file + ".away", file);
        _renewal.Look();
        Assert.Empty(_renewal.Findings());
        Assert.Single(_warnings);
    }

    [Fact]
    public void A_fault_of_one_holds_up_no_other()
    {
        var api = Give(_authority, MeshRole.Server, "api");
        var renewal = Of(new() { Authority = Place(PathTo("none/server.crt"), api.Certificate) });
        var before = Identity(api);
        _clock.Now += TimeSpan.FromDays(21);

        renewal.Look();

        Assert.NotEqual(before, Identity(api));
        Assert.Equal("authority.renews[0]", Assert.Single(renewal.Findings()).Path);
    }

    [Fact]
    public void A_replacement_that_was_cut_off_is_finished_at_the_next_look_and_in_the_audit()
    {
        _authority.Issue(MeshRole.Server, "mcp", [], force: true);
        var next = _authority.FilesOf(MeshRole.Server, "mcp");
        var before = Identity();

        // The key alone was written.
        File.Copy(next.Key, _mcp.Key + ".next");
        _renewal.Look();
        Assert.Equal(before, Identity());
        Assert.Empty(_audit.Search(new(10)));

        // Both were written, and the key was renamed.
        File.Copy(next.Certificate, _mcp.Certificate + ".next");
        File.Copy(next.Key, _mcp.Key, overwrite: true);
        _renewal.Look();

        Assert.Equal(Identity(next), Identity());
        Assert.Contains("completed", Assert.Single(_audit.Search(new(10))).Outcome, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFiles(Path.GetDirectoryName(_mcp.Key)!, "*.next"));
        Assert.Empty(_renewal.Findings());
    }

    [Fact]
    public void One_that_ended_while_the_node_was_off_is_renewed_when_it_is_back()
    {
        _clock.Now += TimeSpan.FromDays(90);
        _renewal.Look();
        Assert.Equal(_clock.Now.AddDays(30), Ends());
    }

    [Fact]
    public void None_outlives_the_authority_and_the_last_is_made_once()
    {
        var young = new AuthorityFolder(PathTo("young"), _clock);
        Directory.CreateDirectory(PathTo("young"));
        using (var authority = CertificateAuthority.Create("mesh", TimeSpan.FromDays(40), _clock))
        {
            File.WriteAllText(young.Authority.Certificate, authority.CertificatePem);
            File.WriteAllText(young.Authority.Key, authority.KeyPem);
        }
        var pair = Give(young, MeshRole.Server, "young");
        var renewal = Of(new() { Authority = new(young.Authority.Certificate, young.Authority.Key, Renews: [pair.Certificate]) });
        var end = _clock.Now.AddDays(40);

        for (var day = 0; day < 39; day++)
        {
            _clock.Now += TimeSpan.FromDays(1);
            renewal.Look();
        }

        Assert.Equal(end, Ends(pair));
        Assert.Single(_audit.Search(new(10)));
        Assert.Empty(renewal.Findings());
    }

    [Theory]
    [InlineData(19, false, null)]
    [InlineData(21, true, null)]
    [InlineData(21, false, "ends on 2026-01-31, and nothing renews it")]
    [InlineData(31, false, "expired on 2026-01-31, and nothing renews it")]
    public void A_finding_warns_of_a_servers_certificate_that_ends_within_ten_days_and_that_nothing_renews(int days, bool renewed, string? words)
    {
        File.WriteAllText(PathTo("mcp/server.json"), $$"""{ "tls": { "certificate": "{{_mcp.Certificate}}" }, "identity": { "certificate": "{{_mcp.Certificate}}" } }""");
        File.WriteAllText(PathTo("server.json"), "{ not json");
        _clock.Now += TimeSpan.FromDays(days);

        foreach (var authority in new[] { Place(renewed ? [_mcp.Certificate] : []), renewed ? Place(_mcp.Certificate) : null })
        {
            var findings = new CertificateFindings(new() { Authority = authority }, _clock, _folder.FullName).Findings().ToList();
            if (words is null) Assert.Empty(findings);
            else Assert.Contains(words, Assert.Single(findings).Message, StringComparison.Ordinal);
        }
    }

    void Later()
    {
        _clock.Now += TimeSpan.FromDays(21);
        _renewal.Look();
    }

    /// <summary>Though it is due.</summary>
    void Unrenewed(string why)
    {
        var (certificate, key) = (File.ReadAllText(_mcp.Certificate), File.ReadAllText(_mcp.Key));
        Later();
        Assert.Contains(why, Fault());
        Assert.Equal((certificate, key), (File.ReadAllText(_mcp.Certificate), File.ReadAllText(_mcp.Key)));
        Assert.Empty(_audit.Search(new(10)));
    }

    string Fault()
    {
        var finding = Assert.Single(_renewal.Findings());
        Assert.Equal(("warning", "authority.renews[0]"), (finding.Kind, finding.Path));
        Assert.StartsWith($"{_mcp.Certificate} is not renewed by itself: ", finding.Message, StringComparison.Ordinal);
        return finding.Message;
    }

    AuthorityPlace Place(params string[] renews) => new(_authority.Authority.Certificate, _authority.Authority.Key, Renews: renews);

    ServerRenewal Of(BridgeConfiguration configuration) => new(configuration, _revocations, _audit, new NodeEvents(_clock), _clock, this);

    /// <summary>As an operator does: issues it, and puts it where the server reads it.</summary>
    CertificateFiles Give(AuthorityFolder authority, MeshRole role, string name)
    {
        authority.Issue(role, name, ["10.1.0.200", "mesh.example", "2001:db8::7"]);
        Directory.CreateDirectory(PathTo(name), AtomicFile.Secret | UnixFileMode.UserExecute);
        var files = new CertificateFiles(PathTo($"{name}/server.crt"), PathTo($"{name}/server.key"));
        Put(authority, role, name, files);
        return files;
    }

    static void Put(AuthorityFolder authority, MeshRole role, string name, CertificateFiles files)
    {
        File.Copy(authority.FilesOf(role, name).Certificate, files.Certificate, overwrite: true);
        File.Copy(authority.FilesOf(role, name).Key, files.Key, overwrite: true);
    }

    MeshIdentity Identity(CertificateFiles? of = null)
    {
        using var pair = Read(of ?? _mcp);
        Assert.True(MeshIdentity.TryRead(pair, out var identity));
        return identity;
    }

    DateTimeOffset Ends(CertificateFiles? of = null)
    {
        using var pair = Read(of ?? _mcp);
        return new(pair.NotAfter);
    }

    string[] Addresses()
    {
        using var pair = Read(_mcp);
        var names = pair.Extensions.OfType<X509SubjectAlternativeNameExtension>().Single();
        return [.. names.EnumerateIPAddresses().Select(a => a.ToString()).Concat(names.EnumerateDnsNames()).Order(StringComparer.Ordinal)];
    }

    /// <summary>They must belong together.</summary>
    static X509Certificate2 Read(CertificateFiles files) => X509Certificate2.CreateFromPemFile(files.Certificate, files.Key);

    string PathTo(string file) => Path.Combine(_folder.FullName, file);

    IDisposable? ILogger.BeginScope<TState>(TState state) => null;

    bool ILogger.IsEnabled(LogLevel logLevel) => true;

    void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (logLevel >= LogLevel.Warning) _warnings.Add(formatter(state, exception));
    }
}
