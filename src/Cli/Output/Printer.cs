using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.Json;
using Spectre.Console;

namespace MeshMcp.Cli.Output;

/// <summary>Prints results to standard output and refusals to standard error, as JSON in the form of the wire or for people.</summary>
public sealed class Printer
{
    const int WidthOfAPipe = 10_000;

    static readonly JsonSerializerOptions OneLine = new(MeshJson.Default.Options)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        TypeInfoResolver = JsonTypeInfoResolver.Combine(MeshJson.Default, CliJson.Default),
    };

    static readonly JsonSerializerOptions ManyLines = new(OneLine) { WriteIndented = true };

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

    /// <summary>Whether somebody watches who may be shown something that moves.</summary>
    public bool ShowsBars => !_json && People.Profile.Capabilities is { Interactive: true, Ansi: true };

    static string Json<T>(T value, JsonSerializerOptions options) => JsonSerializer.Serialize(value, (JsonTypeInfo<T>)options.GetTypeInfo(typeof(T)));

    /// <summary>Prints <paramref name="result"/> as JSON, or what <paramref name="people"/> prints.</summary>
    public void Show<T>(T result, Action<IAnsiConsole> people)
    {
        if (_json) _output.WriteLine(Json(result, ManyLines));
        else people(People);
    }

    /// <summary>One of many results as they come: a JSON line, or what <paramref name="people"/> prints.</summary>
    public void ShowNext<T>(T result, Action<IAnsiConsole> people)
    {
        if (_json) _output.WriteLine(Json(result, OneLine));
        else people(People);
        _output.Flush();
    }

    /// <summary>A document that another program may read: never wrapped or coloured.</summary>
    public void Document<T>(T document) => _output.WriteLine(Json(document, ManyLines));

    /// <summary>Lines as they are, for a file or a camera.</summary>
    public void Text(string lines) => _output.Write(lines);

    /// <summary>A word to be copied: never wrapped or coloured.</summary>
    public void Line(string word) => _output.WriteLine(Plain.Text(word));

    /// <summary>For people while something runs; nothing with JSON.</summary>
    public void Progress(Action<IAnsiConsole> people)
    {
        if (!_json) people(People);
    }

    /// <summary>Says something on standard error that is not part of the result; nothing with JSON.</summary>
    public void Note(string text)
    {
        if (!_json) _error.WriteLine(Plain.Text(text));
    }

    /// <summary>Prints what was refused, where, and what to do next.</summary>
    public void Fail(MeshError error)
    {
        error = Hints.ForShell(error);
        if (_json)
        {
            _error.WriteLine(Json(error, ManyLines));
            return;
        }
        var console = ConsoleOn(_error);
        console.MarkupLineInterpolated($"[red]{Plain.Text(error.Message)}[/]");
        if (error.Target is { } target) console.MarkupLineInterpolated($"  where: {Plain.Text(target)}");
        foreach (var problem in error.Problems ?? [])
        {
            console.MarkupLineInterpolated($"  [yellow]{Plain.Text(problem.Path)}[/]{PlaceOf(problem)}: {Plain.Text(problem.Message)}");
            if (problem.Nearest is { Count: > 0 } nearest) console.MarkupLineInterpolated($"    perhaps: {Plain.Text(string.Join(", ", nearest))}");
        }
        if (error.Hint is { } hint) console.MarkupLineInterpolated($"  next:  {Plain.Text(hint)}");
    }

    static string PlaceOf(Problem problem) =>
        problem.Line is { } line ? $" (line {line}, column {problem.Column})" : problem.Position is { } at ? $" (character {at + 1})" : "";

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
