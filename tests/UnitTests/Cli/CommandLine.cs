namespace MeshMcp.UnitTests.Cli;

/// <summary>Tests that build the command line. Its options are the process's own, and the library fills in what they complete to when that is first asked, for one thread.</summary>
static class CommandLine
{
    public const string Tests = nameof(CommandLine);
}
