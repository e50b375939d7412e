using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using MeshMcp.Contracts.Errors;
using Spectre.Console;

namespace MeshMcp.Cli.Output;

/// <summary>Prints results to standard output and refusals to standard error, as JSON or for people.</summary>
public sealed class Printer
{
    const int WidthOfAPipe = 240;

    static readonly JsonSerializerOptions Form = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter() },
    };

    readonly TextWriter _output;
    readonly TextWriter _error;
    readonly bool _json;

    public Printer(TextWriter output, TextWriter error, bool json)
    {
        (_output, _error, _json) = (output, error, json);
        People = ConsoleOn(output);
    }

    /// <summary>Colours and tables; plain when standard output is not a terminal or NO_COLOR is set.</summary>
    public IAnsiConsole People { get; }

    /// <summary>Prints <paramref name="result"/> as JSON, or what <paramref name="people"/> prints.</summary>
    public void Show<T>(T result, Action<IAnsiConsole> people)
    {
        if (_json) _output.WriteLine(JsonSerializer.Serialize(result, Form));
        else people(People);
    }

    /// <summary>Says something on standard error that is not part of the result; nothing with JSON.</summary>
    public void Note(string text)
    {
        if (!_json) _error.WriteLine(text);
    }

    /// <summary>Prints what was refused, where, and what to do next.</summary>
    public void Fail(MeshError error)
    {
        if (_json)
        {
            _error.WriteLine(JsonSerializer.Serialize(error, Form));
            return;
        }
        var console = ConsoleOn(_error);
        console.MarkupLineInterpolated($"[red]{error.Message}[/]");
        if (error.Target is { } target) console.MarkupLineInterpolated($"  where: {target}");
        foreach (var problem in error.Problems ?? [])
        {
            console.MarkupLineInterpolated($"  [yellow]{problem.Path}[/]: {problem.Message}");
            if (problem.Nearest is { Count: > 0 } nearest) console.MarkupLineInterpolated($"    perhaps: {string.Join(", ", nearest)}");
        }
        if (error.Hint is { } hint) console.MarkupLineInterpolated($"  next:  {hint}");
    }

    static IAnsiConsole ConsoleOn(TextWriter writer)
    {
        var output = new AnsiConsoleOutput(writer);
        var plain = !output.IsTerminal || Environment.GetEnvironmentVariable("NO_COLOR") is { Length: > 0 };
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = output,
            Ansi = output.IsTerminal ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = plain ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
        });
        if (!output.IsTerminal) console.Profile.Width = WidthOfAPipe;
        return console;
    }
}
