using System.Net.Sockets;
using System.Text.Json;
using MeshMcp.Contracts.Errors;

namespace MeshMcp.Lab.Control;

/// <summary>The supervisor's end of the line.</summary>
sealed class Listener : IDisposable
{
    readonly Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    /// <summary>Refused as <see cref="ErrorKind.Conflict"/> when another supervisor holds this prefix.</summary>
    public Listener(Site site)
    {
        try
        {
            socket.Bind(Line.Address(site));
            socket.Listen();
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            socket.Dispose();
            throw new MeshException(ErrorKind.Conflict, $"The lab '{site.Prefix}' is up already.", site.Prefix, inner: e);
        }
    }

    /// <param name="answer">Gets the request and a way to send progress; what it gives or throws is the last answer.</param>
    public async Task ServeAsync(Func<string, IProgress<string>, Task<LabState>> answer, CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
            _ = AnswerAsync(await socket.AcceptAsync(ct), answer, ct);
    }

    public void Dispose() => socket.Dispose();

    static async Task AnswerAsync(Socket caller, Func<string, IProgress<string>, Task<LabState>> answer, CancellationToken ct)
    {
        using var closed = caller;
        if (!Line.IsRoot(caller)) return;
        try
        {
            await using var stream = new NetworkStream(caller);
            using var reader = new StreamReader(stream);
            await using var writer = new StreamWriter(stream) { AutoFlush = true };
            if (await reader.ReadLineAsync(ct) is not { } request) return;
            await Send(writer, await FinalAsync());

            async Task<Answer> FinalAsync()
            {
                try
                {
                    return new(State: await answer(request, new Sent(line => Send(writer, new(Progress: line)).GetAwaiter().GetResult())));
                }
                catch (Exception e) when (e is not OperationCanceledException)
                {
                    return new(Error: e.Message);
                }
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // The caller left, or the lab goes down: nobody is there to be told.
        }
    }

    static Task Send(StreamWriter writer, Answer answer) => writer.WriteLineAsync(JsonSerializer.Serialize(answer, AnswerContext.Default.Answer));

    sealed class Sent(Action<string> send) : IProgress<string>
    {
        public void Report(string value) => send(value);
    }
}
