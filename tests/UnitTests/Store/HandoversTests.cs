using System.Buffers.Text;
using System.Runtime.CompilerServices;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Files;
using MeshMcp.Contracts.Nodes;
using MeshMcp.HostBridge.Store;
using MeshMcp.TestKit;
using Xunit;

namespace MeshMcp.UnitTests.Store;

/// <summary>Secrets that wait for whoever is to have them.</summary>
public sealed class HandoversTests : IDisposable
{
    const string Maker = "server/mcp (says: alice)";

    static readonly TimeSpan Moment = TimeSpan.FromTicks(1);

    readonly string _above = Directory.CreateTempSubdirectory("meshmcp-handover-").FullName;
    readonly HandClock _clock = new();
    readonly Handovers _handovers;

    public HandoversTests() => _handovers = new(Folder, _clock);

    string Folder => Path.Combine(_above, "handover");

    public void Dispose()
    {
        _handovers.Dispose();
        Directory.Delete(_above, recursive: true);
    }

    [Fact]
    public void What_waits_for_a_token_is_given_once_with_who_asked_for_it()
    {
        var token = Link("anna");
        Link("bob");

        var (secret, maker) = _handovers.Open(token);

        Assert.Equal(("VPN client anna", "key of anna", Maker), (secret.What, secret.Texts[0].Text, maker));
        Refused(token);
    }

    [Fact]
    public void A_token_has_256_bits_and_no_two_are_the_same()
    {
        string[] tokens = [.. Enumerable.Range(0, 100).Select(i => Link($"c{i}"))];

        Assert.All(tokens, t => Assert.Equal(32, Base64Url.DecodeFromChars(t).Length));
        Assert.Equal(tokens.Length, tokens.Distinct().Count());
    }

    [Theory]
    [InlineData("")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public void A_wrong_token_opens_nothing_and_spends_nothing(string wrong)
    {
        var token = Link("anna");

        Refused(wrong);
        Refused(token[..^1] + (token[^1] == 'A' ? 'E' : 'A'));
        Refused(token + " ");

        Assert.Equal("VPN client anna", _handovers.Open(token).Secret.What);
    }

    [Fact]
    public void What_is_not_of_the_kind_that_is_asked_for_is_not_opened_and_waits_on()
    {
        var token = Link("anna");

        foreach (var other in Enum.GetValues<HandedKind>().Where(k => k != HandedKind.VpnClient))
        {
            var error = Assert.Throws<MeshException>(() => _handovers.Open(token, other)).Error;
            Assert.Equal((ErrorKind.InvalidArgument, "token"), (error.Kind, error.Target));
            Assert.Contains("VPN client anna", error.Message, StringComparison.Ordinal);
            Assert.Contains("not opened", error.Message, StringComparison.Ordinal);
        }

        Assert.Equal("VPN client anna", _handovers.Open(token, HandedKind.VpnClient).Secret.What);
    }

    [Fact]
    public void After_a_quarter_of_an_hour_it_is_gone_and_before_it_is_there()
    {
        var (first, second) = (Link("anna"), Link("bob"));

        _clock.Pass(TimeSpan.FromMinutes(15) - Moment);
        Assert.Equal("VPN client anna", _handovers.Open(first).Secret.What);
        _clock.Pass(Moment);

        Refused(second);
    }

    [Fact]
    public void A_calendar_that_is_set_back_lengthens_nothing()
    {
        var token = Link("anna");

        _clock.Pass(TimeSpan.FromMinutes(15));
        _clock.Now -= TimeSpan.FromDays(1);

        Refused(token);
    }

    [Fact]
    public void What_is_over_is_forgotten_by_itself_also_where_nobody_asks()
    {
        var link = Watched();
        var file = File("bob");

        _clock.Pass(TimeSpan.FromMinutes(15) - Moment);
        GC.Collect();
        Assert.True(link.IsAlive);
        Assert.True(System.IO.File.Exists(file));
        _clock.Pass(Moment);

        GC.Collect();
        Assert.False(link.IsAlive);
        Assert.False(System.IO.File.Exists(file));
    }

    [Fact]
    public void What_is_in_a_file_is_in_memory_no_longer()
    {
        var file = Watched(HandoverWay.File);

        GC.Collect();

        Assert.False(file.IsAlive);
    }

    [Fact]
    public void Of_33_the_oldest_is_gone_and_a_file_counts_as_a_link_does()
    {
        var (file, first) = (File("first"), Link("second"));
        string[] others = [.. Enumerable.Range(0, 30).Select(i => Link($"c{i}"))];
        Assert.True(System.IO.File.Exists(file));

        var newest = Link("newest");
        Assert.False(System.IO.File.Exists(file));
        others = [.. others, newest, Link("last")];

        Refused(first);
        Assert.All(others, t => Assert.NotEmpty(_handovers.Open(t).Secret.Texts));
    }

    [Fact]
    public void A_link_is_in_no_file_and_an_agent_that_starts_anew_knows_nothing_of_it()
    {
        var (token, file) = (Link("anna"), File("bob"));
        Assert.Equal([file], Directory.EnumerateFiles(_above, "*", SearchOption.AllDirectories));

        using var anew = new Handovers(Folder, _clock);

        Assert.Equal(ErrorKind.NotFound, Assert.Throws<MeshException>(() => anew.Open(token)).Error.Kind);
        Assert.Empty(Directory.EnumerateFiles(_above, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public void What_is_not_its_own_in_the_folder_is_left_there()
    {
        var file = File("bob");
        string[] foreign = [.. new[] { "notes.txt", "0123456x-bob.conf", "x01234567-bob.conf" }.Select(n => Path.Combine(Folder, n))];
        foreach (var path in foreign) System.IO.File.WriteAllText(path, "mine");

        using var anew = new Handovers(Folder, _clock);

        Assert.False(System.IO.File.Exists(file));
        Assert.All(foreign, f => Assert.Equal("mine", System.IO.File.ReadAllText(f)));
    }

    [Theory]
    [InlineData("../../etc/passwd")]
    [InlineData("a b\n'c.conf")]
    [InlineData("…")]
    public void A_name_that_is_another_programs_leads_no_file_out_of_the_folder(string name)
    {
        var file = _handovers.Keep(new(HandedKind.VpnClient, "it", [new("Configuration", "key", name, true)]), HandoverWay.File, Maker, null).File!;

        Assert.Equal([file], Directory.EnumerateFiles(_above, "*", SearchOption.AllDirectories));
        Assert.Matches(@"\A[0-9a-f]{8}-[A-Za-z0-9._-]+\z", Path.GetFileName(file));
        using var anew = new Handovers(Folder, _clock);
        Assert.False(System.IO.File.Exists(file));
    }

    [Fact]
    public void An_agent_that_ends_takes_its_files_along()
    {
        var file = File("bob");

        _handovers.Dispose();

        Assert.False(System.IO.File.Exists(file));
    }

    [Fact]
    public async Task Of_many_who_open_one_at_once_exactly_one_gets_it()
    {
        for (var round = 0; round < 100; round++)
        {
            var token = Link($"c{round}");
            using var start = new Barrier(4);
            var got = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(() =>
            {
                start.SignalAndWait();
                try
                {
                    return _handovers.Open(token).Secret;
                }
                catch (MeshException e) when (e.Error.Kind == ErrorKind.NotFound)
                {
                    return null;
                }
            }, TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default)));

            Assert.Single(got, s => s is not null);
        }
    }

    [Fact]
    public void A_file_is_whole_and_for_one_user_alone()
    {
        var handed = _handovers.Keep(new(HandedKind.XrayUser, "Xray user al", [new("a", "vless://1", "al-vless.txt", true), new("b", "vmess://2\n", "al-vmess.txt", true)]), HandoverWay.File, Maker, Environment.IsPrivilegedProcess ? 4711u : null);

        Assert.Null(handed.Token);
        Assert.Equal(_clock.Now + TimeSpan.FromMinutes(15), handed.Until);
        Assert.EndsWith("-al-vless.txt", handed.File, StringComparison.Ordinal);
        Assert.Equal("vless://1\nvmess://2\n", System.IO.File.ReadAllText(handed.File!));
        Assert.Equal(AtomicFile.Secret, System.IO.File.GetUnixFileMode(handed.File!));
        if (Environment.IsPrivilegedProcess) Assert.Equal(4711u, FileRights.Of(handed.File!)!.User);
        Assert.Equal([handed.File], Directory.EnumerateFiles(Folder));
        Assert.Equal(UnixFileMode.None, System.IO.File.GetUnixFileMode(Folder) & (UnixFileMode.GroupRead | UnixFileMode.OtherRead | UnixFileMode.GroupWrite | UnixFileMode.OtherWrite));
    }

    [Fact]
    public void A_file_that_cannot_be_written_is_said_with_what_to_do_and_nothing_waits()
    {
        System.IO.File.WriteAllText(Folder, "");

        var error = Assert.Throws<MeshException>(() => File("bob")).Error;

        Assert.Equal((ErrorKind.Unavailable, Folder), (error.Kind, error.Target));
        Assert.Contains("VPN client bob is made", error.Message, StringComparison.Ordinal);
        Assert.Contains("new keys", error.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_of_it_is_in_what_a_log_might_print()
    {
        var handed = Keep("anna", HandoverWay.Link);
        object[] printed = [handed, new HandoverToken(handed.Token!), Secret("anna"), Secret("anna").Texts[0]];

        Assert.All(printed, p => Assert.DoesNotContain(handed.Token!, $"{p}", StringComparison.Ordinal));
        Assert.All(printed, p => Assert.DoesNotContain("key of anna", $"{p}", StringComparison.Ordinal));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    WeakReference Watched(HandoverWay way = HandoverWay.Link)
    {
        var secret = Secret("watched");
        _handovers.Keep(secret, way, Maker, null);
        return new(secret);
    }

    void Refused(string token)
    {
        var error = Assert.Throws<MeshException>(() => _handovers.Open(token)).Error;
        Assert.Equal(ErrorKind.NotFound, error.Kind);
        Assert.Contains("new one", error.Hint, StringComparison.Ordinal);
    }

    string Link(string name) => Keep(name, HandoverWay.Link).Token!;

    string File(string name) => Keep(name, HandoverWay.File).File!;

    Handover Keep(string name, HandoverWay way) => _handovers.Keep(Secret(name), way, Maker, null);

    static HandedOver Secret(string name) => new(HandedKind.VpnClient, $"VPN client {name}", [new("Configuration", $"key of {name}", $"{name}.conf", true)]);
}
