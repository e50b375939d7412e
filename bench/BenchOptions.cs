using System.Globalization;
using MeshMcp.Contracts.Errors;

namespace MeshMcp.Bench;

/// <summary>What was typed.</summary>
/// <param name="Json">Where the report goes as JSON.</param>
/// <param name="Write">The page whose marked part becomes the report.</param>
/// <param name="Only">Instead of speed: <c>losses</c>, how long the loss of each part lasts; <c>programs</c>, what each program costs by itself.</param>
sealed record BenchOptions(Sizes Sizes, string? Json, string? Write, string? Only)
{
    public const string Usage = """
        usage: meshmcp-bench [losses | programs] [--quick] [--rounds N] [--json FILE] [--write PAGE]

          losses        takes one part of the lab after the other away and measures how long that lasts
          programs      start, memory and size of each program, beside those of the version before

          --quick       tiny counts and one round: shows that everything works, measures nothing
          --rounds N    rounds that count (5); one more warms up
          --json FILE   the report with every round's value
          --write PAGE  put the report between the bench marks of a Markdown page

        The lab is joined where it is up, otherwise brought up and taken down again.

        """;

    public static BenchOptions Parse(IReadOnlyList<string> args)
    {
        int? rounds = null;
        string? json = null, write = null;
        string? only = null;
        var quick = false;
        for (var i = 0; i < args.Count; i++)
            switch (args[i])
            {
                case "losses" or "programs": only = args[i]; break;
                case "--quick": quick = true; break;
                case "--rounds": rounds = Number(Value()); break;
                case "--json": json = Value(); break;
                case "--write": write = Value(); break;
                default: throw Wrong($"'{args[i]}' is not understood.");

                string Value() => ++i < args.Count ? args[i] : throw Wrong($"{args[i - 1]} needs a value.");
            }
        if (quick && write is not null) throw Wrong("--quick measures nothing worth writing down.");
        if (write is not null) _ = new Reporting.Page(write, only ?? "bench");
        var sizes = quick ? Sizes.Quick : Sizes.Full;
        return new(sizes with { Rounds = rounds ?? sizes.Rounds }, json, write, only);
    }

    static int Number(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var n) && n is >= 1 and <= 100
        ? n
        : throw Wrong("--rounds must be a number from 1 to 100.");

    static MeshException Wrong(string what) => new(ErrorKind.InvalidArgument, what, hint: "Try --help.");
}
