namespace MeshMcp.Lab.Commands;

/// <summary>Progress, written at once and in order.</summary>
sealed class Printed : IProgress<string>
{
    public void Report(string value) => Console.WriteLine($"  {value}");
}
