using System.Runtime.InteropServices;
using MeshMcp.HostBridge.Host;
using Xunit;

namespace MeshMcp.UnitTests.Host;

[Collection(nameof(Alone))]
public sealed class CleanStartTests
{
    const int Interrupt = 2, Quit = 3, Pipe = 13, Alarm = 14;
    const nint Ignored = 1;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_program_starts_with_default_signals_none_blocked_umask_022_three_descriptors_and_the_meant_environment(bool stream)
    {
        using var ignored = new IgnoredSignals(Pipe, Alarm);
        var umask = SetUmask(0b000_111_111);
        // Without close-on-exec, as a library may open it.
        var open = Duplicate(1);
        Environment.SetEnvironmentVariable("MESHMCP_TEST_LEAK", "x");
        try
        {
            var status = await SaidAsync("cat", "/proc/self/status");

            Assert.Equal(new string('0', 16), ValueIn(status, "SigIgn"));
            Assert.Equal(new string('0', 16), ValueIn(status, "SigBlk"));
            Assert.Equal("0022", ValueIn(status, "Umask"));
            // The last one is the folder's own.
            Assert.Equal(["0", "1", "2", "3"], (await SaidAsync("ls", "/proc/self/fd")).Split('\n', StringSplitOptions.RemoveEmptyEntries));
            Assert.Equal(["HOME", "LC_ALL", "PATH"], (await SaidAsync("env")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split('=')[0]).Order());
        }
        finally
        {
            Environment.SetEnvironmentVariable("MESHMCP_TEST_LEAK", null);
            _ = Close(open);
            _ = SetUmask(umask);
        }

        async Task<string> SaidAsync(string program, params string[] arguments)
        {
            var command = Command.Of(program, arguments);
            return stream ? string.Join('\n', await new CommandRunner().StreamAsync(command, Ct).ToListAsync(Ct)) : (await new CommandRunner().RunAsync(command, Ct)).Output;
        }
    }

    [Fact]
    public async Task What_is_ignored_stays_without_effect_here_and_the_umask_of_others_is_their_own()
    {
        using var ignored = new IgnoredSignals(Interrupt, Quit, Pipe);
        var own = SetUmask(0b000_111_111);
        try
        {
            await new CommandRunner().RunAsync(Command.Of("true"), Ct);
            Assert.Equal(0, Raise(Interrupt) | Raise(Quit) | Raise(Pipe));
            Assert.Equal(0b000_111_111u, SetUmask(0b000_111_111));
        }
        finally
        {
            _ = SetUmask(own);
        }
    }

    static string ValueIn(string status, string field) => status.Split('\n').Single(l => l.StartsWith($"{field}:", StringComparison.Ordinal)).Split(':')[1].Trim();

    [DllImport("libc", EntryPoint = "umask")]
    static extern uint SetUmask(uint mask);

    [DllImport("libc", EntryPoint = "raise")]
    static extern int Raise(int signal);

    [DllImport("libc", EntryPoint = "dup")]
    static extern int Duplicate(int descriptor);

    [DllImport("libc", EntryPoint = "close")]
    static extern int Close(int descriptor);

    /// <summary>Signals that this process ignores until the end, when each has its handler again: the runtime's own, by which Ctrl-C ends a run cleanly.</summary>
    sealed class IgnoredSignals : IDisposable
    {
        /// <summary>More than a <c>struct sigaction</c> takes.</summary>
        const int Size = 256;

        readonly List<(int Signal, byte[] Handler)> _before = [];

        public IgnoredSignals(params int[] signals)
        {
            foreach (var signal in signals)
            {
                var before = new byte[Size];
                Assert.Equal(0, Read(signal, 0, before));
                _before.Add((signal, before));
                Assert.NotEqual(-1, SetHandler(signal, Ignored));
            }
        }

        public void Dispose()
        {
            foreach (var (signal, handler) in _before)
            {
                Assert.Equal(0, Write(signal, handler, 0));
                var after = new byte[Size];
                Assert.Equal(0, Read(signal, 0, after));
                // What follows is padding for the most part.
                Assert.Equal(handler[..nint.Size], after[..nint.Size]);
            }
        }

        [DllImport("libc", EntryPoint = "signal")]
        static extern nint SetHandler(int signal, nint handler);

        [DllImport("libc", EntryPoint = "sigaction")]
        static extern int Read(int signal, nint none, byte[] handler);

        [DllImport("libc", EntryPoint = "sigaction")]
        static extern int Write(int signal, byte[] handler, nint none);
    }
}
