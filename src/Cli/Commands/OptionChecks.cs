using System.CommandLine;
using System.Globalization;
using MeshMcp.Contracts.Trust;

namespace MeshMcp.Cli.Commands;

/// <summary>Checks of options that the parser makes, so that a wrong value is a misuse (exit code 2).</summary>
static class OptionChecks
{
    public static void MustBeAName(this Option<string> option) => option.Validators.Add(result =>
    {
        foreach (var token in result.Tokens)
            if (!MeshName.IsValid(token.Value)) result.AddError($"{option.Name} '{token.Value}' is not a name: {MeshName.Form}.");
    });

    public static void MustBeAtLeast(this Option option, int least) => option.Validators.Add(result =>
    {
        foreach (var token in result.Tokens)
            if (int.TryParse(token.Value, CultureInfo.InvariantCulture, out var n) && n < least) result.AddError($"{option.Name} must be at least {least}.");
    });
}
