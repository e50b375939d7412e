using System.Net;
using MeshMcp.Contracts.Trust;
using MeshMcp.Server.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace MeshMcp.UnitTests.Server;

public sealed class TokenWatchTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("meshmcp-watch-").FullName;
    readonly TokenFile _file;
    readonly TokenWatch _watch;

    public TokenWatchTests()
    {
        _file = new(Path.Combine(_folder, "tokens.json"), TimeProvider.System);
        _watch = new(_file, TimeProvider.System, NullLogger<TokenWatch>.Instance);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(Scope.Read, "Read")]
    [InlineData(Scope.Operate, "Read Operate")]
    [InlineData(Scope.Admin, "Read Operate Admin")]
    public async Task A_token_gives_its_scope_and_those_below_it(Scope scope, string scopes)
    {
        var (status, caller) = await AskAsync(_watch, $"Bearer {_file.Create("alice", [scope], nodes: ["vps"])}");
        Assert.Equal((200, "alice", scopes), (status, caller!.Name, string.Join(' ', caller.Scopes)));
        Assert.Equal(["vps"], caller.Nodes!);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Bearer ")]
    [InlineData("Bearer mesh_wrong")]
    [InlineData("Basic TOKEN")]
    [InlineData("TOKEN")]
    public async Task Without_a_valid_token_nothing_is_reached(string header)
    {
        var (status, caller) = await AskAsync(_watch, header.Replace("TOKEN", _file.Create("alice", [Scope.Admin]), StringComparison.Ordinal));
        Assert.Equal((401, null), (status, caller));
    }

    [Fact]
    public async Task An_open_path_and_a_server_without_tokens_are_reached_by_everybody_as_nobody()
    {
        Assert.Equal((200, "anonymous"), await NameAsync(_watch, "/open"));
        Assert.Equal((200, "anonymous"), await NameAsync(null, "/closed"));
        Assert.Equal("anonymous", BearerCheck.CallerOf(new DefaultHttpContext().Request, null)!.Name);
        Assert.Null(BearerCheck.CallerOf(new DefaultHttpContext().Request, _watch));
    }

    /// <summary>What revoked it may be what made the file unreadable.</summary>
    [Theory]
    [InlineData("not readable")]
    [InlineData("not json")]
    [InlineData("gone")]
    public async Task While_the_tokens_cannot_be_read_nobody_is_let_in_from_the_next_request_on(string how)
    {
        var bearer = $"Bearer {_file.Create("alice", [Scope.Admin])}";
        Assert.Equal((200, null), ((await AskAsync(_watch, bearer)).Status, _watch.Problem));
        var content = File.ReadAllBytes(_file.Path);

        File.Delete(_file.Path);
        // Root reads whatever it may not.
        if (how == "not readable") Directory.CreateDirectory(_file.Path);
        if (how == "not json") await File.WriteAllTextAsync(_file.Path, "[{", TestContext.Current.CancellationToken);

        Assert.Equal(401, (await AskAsync(_watch, bearer)).Status);
        Assert.Equal(how == "gone", _watch.Problem is null);

        if (how == "not readable") Directory.Delete(_file.Path);
        await File.WriteAllBytesAsync(_file.Path, content, TestContext.Current.CancellationToken);
        Assert.Equal((200, null), ((await AskAsync(_watch, bearer)).Status, _watch.Problem));
    }

    [Fact]
    public async Task The_file_is_parsed_when_it_is_another_and_a_fault_of_it_is_said_once()
    {
        var log = new WrittenLines();
        var watch = new TokenWatch(_file, TimeProvider.System, log);
        var bearer = $"Bearer {_file.Create("alice", [Scope.Read])}";
        for (var i = 0; i < 3; i++) Assert.Equal(200, (await AskAsync(watch, bearer)).Status);
        Assert.Equal("1 tokens read", Assert.Single(log.Texts)[..13]);

        await File.WriteAllTextAsync(_file.Path, "[{", TestContext.Current.CancellationToken);
        for (var i = 0; i < 3; i++) Assert.Equal(401, (await AskAsync(watch, bearer)).Status);
        Assert.Equal(2, log.Texts.Count);
    }

    [Fact]
    public async Task A_file_that_was_not_there_and_is_empty_is_another()
    {
        Assert.Equal((401, null), ((await AskAsync(_watch, "Bearer mesh_any")).Status, _watch.Problem));

        await File.WriteAllTextAsync(_file.Path, "", TestContext.Current.CancellationToken);

        Assert.NotNull(_watch.Problem);
    }

    [Fact]
    public async Task A_token_is_let_in_from_its_making_on_and_no_more_from_its_revocation_on_whatever_the_clock_of_the_file_says()
    {
        var (alice, mallory) = (_file.Create("alice", [Scope.Admin]), _file.Create("malice", [Scope.Admin]));
        var written = File.GetLastWriteTimeUtc(_file.Path);
        Assert.Equal(200, (await AskAsync(_watch, $"Bearer {mallory}")).Status);

        _file.Revoke("malice");
        var next = _file.Create("malico", [Scope.Admin]);
        File.SetLastWriteTimeUtc(_file.Path, written);

        Assert.Equal((401, 200, 200), ((await AskAsync(_watch, $"Bearer {mallory}")).Status, (await AskAsync(_watch, $"Bearer {next}")).Status, (await AskAsync(_watch, $"Bearer {alice}")).Status));
    }

    sealed class WrittenLines : ILogger<TokenWatch>
    {
        public List<string> Texts { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Texts.Add(formatter(state, exception));
    }

    static async Task<(int, string?)> NameAsync(TokenWatch? tokens, string path) => await AskAsync(tokens, "", path) is var (status, caller) ? (status, caller?.Name) : default;

    static async Task<(int Status, Caller? Caller)> AskAsync(TokenWatch? tokens, string header, string path = "/closed")
    {
        Caller? caller = null;
        var context = new DefaultHttpContext { RequestServices = new ServiceCollection().AddSingleton(new HttpSettings(new(IPAddress.Loopback, 0))).BuildServiceProvider() };
        context.Request.Path = path;
        context.Request.Host = new("localhost");
        context.Request.Headers.Authorization = header;
        await new BearerCheck(c =>
        {
            caller = c.Features.Get<Caller>();
            return Task.CompletedTask;
        }, p => p.Path == "/open", tokens).InvokeAsync(context);
        return (context.Response.StatusCode, caller);
    }
}
