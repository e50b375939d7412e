using System.CommandLine;
using System.Globalization;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Nodes;
using MeshMcp.Contracts.State;
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

    /// <summary>What is given whole, by one option, is not also given in parts: none of them would count.</summary>
    public static Verb InPlaceOf(this Verb verb, Option whole, params IReadOnlyList<Option> parts)
    {
        verb.Validators.Add(result =>
        {
            if (result.GetResult(whole) is null or { Implicit: true }) return;
            foreach (var part in parts.Where(p => result.GetResult(p) is { Implicit: false }))
                result.AddError($"{whole.Name} and {part.Name} are not for one command: what {part.Name} says belongs into what {whole.Name} gives.");
        });
        return verb;
    }

    /// <summary>An option for when something ends, read as everywhere (<see cref="Expiry"/>).</summary>
    public static Option<DateTimeOffset?> Expires(string description) => Time("--expires", $"{description} A time, or 30d, 12h, 30m from now.", (text, name) => Expiry.Read(text, name));

    /// <summary>An option for how long something is, read as everywhere (<see cref="Expiry"/>).</summary>
    public static Option<string?> While(string name, string description) => Read<string?>(name, $"{description} 60s, 30m, 12h, 7d; 5s to 30d.", "SPAN", (text, option) =>
    {
        Expiry.While(text, option);
        return text;
    });

    /// <summary>An option for any moment.</summary>
    public static Option<DateTimeOffset?> Moment(string name, string description, Func<string, string, DateTimeOffset?>? read = null) => Time(name, description, read ?? ((text, option) => Expiry.Moment(text, option)));

    /// <summary>An option for a number of bytes, read as everywhere (<see cref="ByteSize"/>).</summary>
    public static Option<ByteSize?> Size(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "SIZE",
        CustomParser = result =>
        {
            if (ByteSize.Read(result.Tokens.Single().Value) is { } size) return size;
            result.AddError($"{name}: '{result.Tokens.Single().Value}' is no size: give {ByteSize.Form}.");
            return null;
        },
    };

    static Option<DateTimeOffset?> Time(string name, string description, Func<string, string, DateTimeOffset?> read) => Read(name, description, "TIME", read);

    static Option<T> Read<T>(string name, string description, string helpName, Func<string, string, T> read) => new(name)
    {
        Description = description,
        HelpName = helpName,
        CustomParser = result =>
        {
            try
            {
                return read(result.Tokens.Single().Value, name);
            }
            catch (MeshException e)
            {
                result.AddError($"{name}: {e.Error.Message} {e.Error.Hint}");
                return default;
            }
        },
    };
}
