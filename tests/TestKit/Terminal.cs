using System.Diagnostics;
using System.Text;

namespace MeshMcp.TestKit;

/// <summary>A program on a terminal of its own, at which somebody types; by <c>script</c>, of util-linux.</summary>
public sealed class Terminal : IDisposable
{
    static readonly TimeSpan Hangs = TimeSpan.FromSeconds(30);

    readonly Process _script;
    readonly StringBuilder _shown = new();
    readonly Task _reading;

    Terminal(Process script) => (_script, _reading) = (script, ReadAsync(script.StandardOutput));

    /// <summary>All that was on the screen so far.</summary>
    public string Shown
    {
        get
        {
            lock (_shown) return _shown.ToString();
        }
    }

    /// <param name="line">Words without blanks.</param>
    public static Terminal Start(params IReadOnlyList<string> line)
    {
        // What runs in the background is deaf to Ctrl-C, and so would be the program.
        var start = new ProcessStartInfo("script", ["-qec", $"exec env --default-signal=INT {string.Join(' ', line)}", "/dev/null"]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        // A person's: neither that of a build server, where programs show less, nor one without a kind of terminal.
        var path = start.Environment["PATH"];
        start.Environment.Clear();
        foreach (var (name, value) in new[] { ("PATH", path), ("TERM", "xterm"), ("HOME", "/root"), ("SHELL", "/bin/sh"), ("DOTNET_SYSTEM_GLOBALIZATION_INVARIANT", "1"), ("DOTNET_ROOT", Environment.GetEnvironmentVariable("DOTNET_ROOT")) })
            if (value is not null) start.Environment[name] = value;
        return new(Process.Start(start)!);
    }

    public async Task TypeAsync(string text)
    {
        await _script.StandardInput.WriteAsync(text);
        await _script.StandardInput.FlushAsync();
    }

    public Task SeesAsync(string text) => Eventually.True(() => Shown.Contains(text, StringComparison.Ordinal) ? true : throw new InvalidOperationException(Shown), Hangs, $"the terminal shows \"{text}\"");

    /// <summary>The program's exit code, once it has ended.</summary>
    public async Task<int> EndAsync()
    {
        await _script.WaitForExitAsync().WaitAsync(Hangs);
        await _reading.WaitAsync(Hangs);
        return _script.ExitCode;
    }

    public void Dispose()
    {
        if (!_script.HasExited) _script.Kill(entireProcessTree: true);
        _script.Dispose();
    }

    async Task ReadAsync(StreamReader output)
    {
        var buffer = new char[4096];
        for (int read; (read = await output.ReadAsync(buffer)) > 0;)
            lock (_shown) _shown.Append(buffer, 0, read);
    }
}
