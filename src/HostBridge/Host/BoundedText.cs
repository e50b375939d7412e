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

    public async Task ReadAsync(TextReader reader, CancellationToken ct)
    {
        var buffer = new char[16 * 1024];
        int read;
        while ((read = await reader.ReadAsync(buffer, ct)) > 0)
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
}
