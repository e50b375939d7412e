using System.Threading.Channels;
using MeshMcp.HostBridge.DBus;
using MeshMcp.TestKit;
using Tmds.DBus.Protocol;
using Xunit;
using DBusConnection = MeshMcp.HostBridge.DBus.DBusConnection;
using DBusException = MeshMcp.HostBridge.DBus.DBusException;

namespace MeshMcp.IntegrationTests.DBus;

/// <summary>Our connection on a real bus.</summary>
public sealed class DBusConnectionTests
{
    const string Name = "org.freedesktop.DBus", Path = "/org/freedesktop/DBus";
    static readonly TimeSpan Hangs = TimeSpan.FromSeconds(10);

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Many_calls_at_once_get_each_its_own_answer_and_errors_keep_their_names()
    {
        await using var bus = await PrivateBus.StartAsync();
        await using var one = await ConnectAsync(bus);
        await using var two = await ConnectAsync(bus);

        var owners = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => one.CallAsync(Call("GetNameOwner", i % 2 == 0 ? one.UniqueName : two.UniqueName), Ct)));

        Assert.All(owners.Index(), o => Assert.Equal(o.Index % 2 == 0 ? one.UniqueName : two.UniqueName, o.Item[0]));
        var refusal = await Assert.ThrowsAsync<DBusException>(() => one.CallAsync(Call("GetNameOwner", "org.nobody.Here"), Ct));
        Assert.Equal(DBusException.NameHasNoOwner, refusal.Name);
        Assert.True(refusal.IsAbsence);
    }

    [Fact]
    public async Task Who_calls_us_is_told_that_there_is_no_such_method_and_nothing_malformed_is_sent()
    {
        await using var bus = await PrivateBus.StartAsync();
        await using var one = await ConnectAsync(bus);
        await using var two = await ConnectAsync(bus);

        var refusal = await Assert.ThrowsAsync<DBusException>(() => one.CallAsync(new(two.UniqueName, "/x", "a.b", "Do"), Ct));
        await Assert.ThrowsAsync<ArgumentException>(() => one.CallAsync(new(Name, "not a path", Name, "GetId"), Ct));

        Assert.Equal(DBusException.UnknownMethod, refusal.Name);
        Assert.NotEmpty(await one.CallAsync(Call("GetId"), Ct));
    }

    [Fact]
    public async Task Signals_follow_a_name_to_its_next_owner_and_end_with_their_subscription()
    {
        await using var bus = await PrivateBus.StartAsync();
        await using var listener = await ConnectAsync(bus);
        using var first = await SpeakerAsync(bus);
        using var second = await SpeakerAsync(bus);
        var heard = Channel.CreateUnbounded<string>();
        await first.Bus.RequestNameAsync("org.test.Name");

        var subscription = await listener.SubscribeAsync(new("org.test.Name", Member: "Said"), s => heard.Writer.TryWrite($"{s.Sender} {s.Arguments[0]}"), Ct);
        await SayAsync("first", listener, first);
        Assert.Equal($"{first.UniqueName} first", await heard.Reader.ReadAsync(Ct));

        await SayAsync("not the owner", listener, second);
        await first.Bus.ReleaseNameAsync("org.test.Name");
        await second.Bus.RequestNameAsync("org.test.Name");
        await SayAsync("second", listener, second);
        Assert.Equal($"{second.UniqueName} second", await heard.Reader.ReadAsync(Ct));

        await subscription.DisposeAsync();
        await SayAsync("nobody listens", listener, second);
        Assert.False(heard.Reader.TryRead(out _));
    }

    [Fact]
    public async Task When_the_bus_dies_calls_fail_at_once_and_the_next_one_finds_the_new_bus()
    {
        await using var bus = await PrivateBus.StartAsync();
        await using var system = new SystemBus(bus.Address, TimeProvider.System);
        var before = await system.ConnectAsync(Ct);
        using var deaf = await SpeakerAsync(bus);
        var pending = before.CallAsync(new(deaf.UniqueName, "/x", "a.b", "Do"), Ct);
        await before.CallAsync(Call("GetId"), Ct);

        await bus.KillAsync();
        Assert.Equal(DBusException.Disconnected, (await Assert.ThrowsAsync<DBusException>(() => pending.WaitAsync(Hangs, Ct))).Name);
        await before.Closed.WaitAsync(Hangs, Ct);
        Assert.Equal(DBusException.Disconnected, (await Assert.ThrowsAsync<DBusException>(() => before.CallAsync(Call("GetId"), Ct))).Name);
        Assert.True((await Assert.ThrowsAsync<DBusException>(() => system.ConnectAsync(Ct))).IsAbsence);

        await bus.RestartAsync();
        var after = await system.ConnectAsync(Ct);
        Assert.NotSame(before, after);
        Assert.NotEmpty(await after.CallAsync(Call("GetId"), Ct));
    }

    [Fact]
    public async Task A_call_that_nobody_answers_ends_when_its_time_is_over()
    {
        await using var bus = await PrivateBus.StartAsync();
        await using var one = await ConnectAsync(bus);
        using var deaf = await SpeakerAsync(bus);

        var refusal = await Assert.ThrowsAsync<DBusException>(() => one.CallAsync(new(deaf.UniqueName, "/x", "a.b", "Do") { Timeout = TimeSpan.FromMilliseconds(100) }, Ct));

        Assert.Equal(DBusException.NoReply, refusal.Name);
        Assert.Contains("within 0.1 s", refusal.Message, StringComparison.Ordinal);
    }

    static Task<DBusConnection> ConnectAsync(PrivateBus bus) => DBusConnection.ConnectAsync(bus.Address, TimeProvider.System, Ct);

    static DBusCall Call(string member) => new(Name, Path, Name, member);

    static DBusCall Call(string member, string name) => new(Name, Path, Name, member, "s", name);

    /// <summary>Another client of the same bus; who calls it gets no answer.</summary>
    static async Task<Speaker> SpeakerAsync(PrivateBus bus)
    {
        var connection = new Tmds.DBus.Protocol.DBusConnection(bus.Address);
        await connection.ConnectAsync();
        connection.AddMethodHandler(new Deaf());
        return new(connection);
    }

    /// <summary>A signal; returns when the listener has seen all that was sent before.</summary>
    static async Task SayAsync(string words, DBusConnection listener, Speaker speaker)
    {
        speaker.Say(words);
        await speaker.Bus.ListServicesAsync();
        await listener.CallAsync(Call("GetId"), Ct);
    }

    sealed class Speaker(Tmds.DBus.Protocol.DBusConnection bus) : IDisposable
    {
        public Tmds.DBus.Protocol.DBusConnection Bus => bus;

        public string UniqueName => bus.UniqueName!;

        public void Say(string words)
        {
            using var writer = bus.GetMessageWriter();
            writer.WriteSignalHeader(null, "/x", "org.test", "Said", "s");
            writer.WriteString(words);
            Assert.True(bus.TrySendMessage(writer.CreateMessage()));
        }

        public void Dispose() => bus.Dispose();
    }

    sealed class Deaf : IPathMethodHandler
    {
        public string Path => "/";

        public bool HandlesChildPaths => true;

        public ValueTask HandleMethodAsync(MethodContext context)
        {
            context.DisposesAsynchronously = true;
            return default;
        }
    }
}
