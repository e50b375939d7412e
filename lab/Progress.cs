namespace MeshMcp.Lab;

/// <summary>The steps told so far, for those who listen from the start and those who come later.</summary>
sealed class Progress : IProgress<string>
{
    readonly Lock gate = new();
    readonly List<string> told = [];
    readonly List<IProgress<string>> listeners = [];

    public void Report(string value)
    {
        lock (gate)
        {
            told.Add(value);
            foreach (var listener in listeners.ToList()) Tell(listener, value);
        }
    }

    public void Add(IProgress<string> listener)
    {
        lock (gate)
        {
            listeners.Add(listener);
            foreach (var line in told) Tell(listener, line);
        }
    }

    void Tell(IProgress<string> listener, string line)
    {
        try
        {
            listener.Report(line);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            listeners.Remove(listener);
        }
    }
}
