using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text;

namespace MeshMcp.Cli.Output;

/// <summary>
/// Asks at the terminal for lines that must not be seen. From before the first question until after the last answer nothing is echoed;
/// prompts that read key by key let through what is typed or pasted between two keys.
/// </summary>
static partial class SecretPrompt
{
    /// <summary>Of <c>struct termios</c> in numbers of 4 bytes, with room; where its local flags are, and the one among them.</summary>
    const int Length = 32, LocalFlags = 3;
    const uint Echo = 8;
    const int Now = 0;

    public static async Task<IReadOnlyList<string>> AskAsync(IReadOnlyList<string> questions, CancellationToken ct)
    {
        using var terminal = new FileStream("/dev/tty", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
        var descriptor = (int)terminal.SafeFileHandle.DangerousGetHandle();
        var before = new uint[Length];
        Require(GetSettings(descriptor, before));
        uint[] silent = [.. before];
        silent[LocalFlags] &= ~Echo;
        Require(SetSettings(descriptor, Now, silent));
        try
        {
            var answers = new List<string>();
            foreach (var question in questions)
            {
                terminal.Write(Encoding.UTF8.GetBytes(question + " "));
                // A terminal's read cannot be interrupted; whoever is, ends the program.
                answers.Add(await Task.Run(() => ReadLine(terminal), CancellationToken.None).WaitAsync(ct));
                terminal.Write("\n"u8);
            }
            return answers;
        }
        finally
        {
            Require(SetSettings(descriptor, Now, before));
        }
    }

    static string ReadLine(FileStream terminal)
    {
        var line = new List<byte>();
        for (int next; (next = terminal.ReadByte()) is not (-1 or '\n');) line.Add((byte)next);
        return Encoding.UTF8.GetString([.. line]);
    }

    static void Require(int result)
    {
        if (result != 0) throw new IOException($"The terminal cannot be kept from showing what is typed: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}. Give the passphrase by a file.");
    }

    [LibraryImport("libc", EntryPoint = "tcgetattr", SetLastError = true)]
    private static partial int GetSettings(int descriptor, [Out] uint[] settings);

    [LibraryImport("libc", EntryPoint = "tcsetattr", SetLastError = true)]
    private static partial int SetSettings(int descriptor, int when, [In] uint[] settings);
}
