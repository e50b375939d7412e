using System.Text;

namespace MeshMcp.HostBridge.Host;

/// <summary>Reads a program's stream to its end, keeping at most a limit of characters so that a runaway program cannot fill memory.</summary>
sealed class BoundedText(int limit, bool keepEnd = false)
{
    readonly StringBuilder text = new();

    /// <summary>More came than was kept.</summary>
    public bool Overflowed { get; private set; }

    public override string ToString()
    {
        lock (text) return text.ToString();
    }

    /// <summary>Returns at the end of the stream, or when nobody waits for it any more.</summary>
    public async Task ReadAsync(Stream stream, CancellationToken ct)
    {
        using var reader = new StreamReader(stream, leaveOpen: true);
        var buffer = new char[16 * 1024];
        try
        {
            while (await reader.ReadAsync(buffer, ct).AsTask().WaitAsync(ct) is > 0 and var read) Add(buffer, read);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
        }
    }

    void Add(char[] buffer, int read)
    {
        lock (text)
        {
            var over = Math.Max(0, text.Length + read - limit);
            Overflowed |= over > 0;
            text.Append(buffer, 0, keepEnd ? read : read - Math.Min(over, read));
            if (keepEnd) text.Remove(0, over);
        }
    }
}
