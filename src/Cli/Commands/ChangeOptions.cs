using System.CommandLine;

namespace MeshMcp.Cli.Commands;

/// <summary>Options of every command that changes the node.</summary>
static class ChangeOptions
{
    public static readonly Option<int?> ConfirmWithin = new("--confirm-within") { Description = "Undo the change unless it is confirmed in this time (5 to 3600).", HelpName = "SECONDS" };
    public static readonly Option<bool> Force = new("--force") { Description = "Also when it certainly cuts a way to the node; it is undone all the same unless confirmed." };
    public static readonly Option<bool> DryRun = new("--dry-run") { Description = "Only show what it would do, with what of the state would be otherwise." };
    /// <summary>Of commands whose change can be for a while.</summary>
    public static readonly Option<string?> For = OptionChecks.While("--for", "Take it back by itself after this time; the same command again gives it that time anew, without --for keeps it.");
    public static readonly Option<string> Why = new("--why") { Description = "Why, for the history and the audit.", HelpName = "TEXT" };
}
