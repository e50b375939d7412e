using System.Threading.Channels;
using MeshMcp.HostBridge.DBus;
using MeshMcp.TestKit;
using Xunit;

namespace MeshMcp.IntegrationTests.DBus;

/// <summary>Our own client on a real bus.</summary>
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
        await using var first = await RawAsync(bus);
        await using var second = await RawAsync(bus);
        var heard = Channel.CreateUnbounded<string>();
        await first.CallAsync("RequestName", "su", "org.test.Name", 0u);

        var subscription = await listener.SubscribeAsync(new("org.test.Name", Member: "Said"), s => heard.Writer.TryWrite($"{s.Sender} {s.Arguments[0]}"), Ct);
        await SayAsync("first", listener, first);
        Assert.Equal($"{first.UniqueName} first", await heard.Reader.ReadAsync(Ct));

        await SayAsync("not the owner", listener, second);
        await first.CallAsync("ReleaseName", "s", "org.test.Name");
        await second.CallAsync("RequestName", "su", "org.test.Name", 0u);
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
        await using var deaf = await RawAsync(bus);
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
        await using var deaf = await RawAsync(bus);

        var refusal = await Assert.ThrowsAsync<DBusException>(() => one.CallAsync(new(deaf.UniqueName, "/x", "a.b", "Do") { Timeout = TimeSpan.FromMilliseconds(100) }, Ct));

        Assert.Equal(DBusException.NoReply, refusal.Name);
        Assert.Contains("within 0.1 s", refusal.Message, StringComparison.Ordinal);
    }

    static Task<DBusConnection> ConnectAsync(PrivateBus bus) => DBusConnection.ConnectAsync(bus.Address, TimeProvider.System, Ct);

    static DBusCall Call(string member) => new(Name, Path, Name, member);

    static DBusCall Call(string member, string name) => new(Name, Path, Name, member, "s", name);

    /// <summary>A client that hears nothing but the answers to its own calls.</summary>
    static async Task<Raw> RawAsync(PrivateBus bus)
    {
        var raw = new Raw(await BusSocket.ConnectAsync(bus.Address, Ct));
        raw.UniqueName = (string)(await raw.CallAsync("Hello", "")).Values[0];
        return raw;
    }

    /// <summary>A signal; returns when the listener has seen all that was sent before.</summary>
    static async Task SayAsync(string words, DBusConnection listener, Raw speaker)
    {
        await speaker.SayAsync(words);
        await speaker.CallAsync("GetId", "");
        await listener.CallAsync(Call("GetId"), Ct);
    }

    sealed class Raw(BusSocket socket) : IAsyncDisposable
    {
        uint _serial;

        public string UniqueName { get; set; } = "";

        public Task SayAsync(string words) =>
            socket.WriteAsync(new DBusMessage(MessageKind.Signal, ++_serial) { Path = "/x", Interface = "org.test", Member = "Said", Values = [words] }.Write("s"), Ct);

        public async Task<DBusMessage> CallAsync(string member, string signature, params IReadOnlyList<object> values)
        {
            await socket.WriteAsync(new DBusMessage(MessageKind.Call, ++_serial) { Destination = Name, Path = Path, Interface = Name, Member = member, Values = values }.Write(signature), Ct);
            while (true)
                if (await socket.ReadAsync(Ct) is { Kind: MessageKind.Return } answer && answer.ReplyTo == _serial)
                    return answer;
        }

        public ValueTask DisposeAsync() => socket.DisposeAsync();
    }
}
