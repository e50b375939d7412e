using MeshMcp.Contracts.Changes;
using Spectre.Console;

namespace MeshMcp.Cli.Output;

/// <summary>How far a change is: a line for each step, and on a terminal a bar beneath them while it runs. Nothing with JSON.</summary>
sealed class ChangeProgress
{
    readonly Printer _printer;
    readonly ProgressTask? _bar;
    string _step = "";

    ChangeProgress(Printer printer, ProgressTask? bar) => (_printer, _bar) = (printer, bar);

    public static Task<T> ShowAsync<T>(Printer printer, Func<ChangeProgress, Task<T>> follow) =>
        !printer.ShowsBars ? follow(new(printer, null))
            : printer.People.Progress().AutoClear(true).Columns(new SpinnerColumn(), new ProgressBarColumn(), new TaskDescriptionColumn { Alignment = Justify.Left })
                .StartAsync(context => follow(new(printer, context.AddTask("asked").IsIndeterminate())));

    public void Show(ApplyEvent happened)
    {
        switch (happened)
        {
            case ApplyEvent.Planned planned:
                _printer.Progress(console => Words.Print(console, planned.Plan.Findings));
                break;
            case ApplyEvent.StepStarted started:
                _step = $"[{started.Index + 1}/{started.Count}] {started.Step.System} {started.Step.Target}: {started.Step.Summary}";
                if (_bar is null) _printer.Progress(console => console.Write($"{Plain.Text(_step)} … "));
                else _bar.IsIndeterminate(false).MaxValue(started.Count);
                Describe(_step);
                break;
            case ApplyEvent.StepProgress progress:
                if (_bar is null) _printer.Progress(console => console.Write($"\n  {Plain.Text(progress.Message)} … "));
                Describe(progress.Message);
                break;
            case ApplyEvent.StepDone:
                if (_bar is null) _printer.Progress(console => console.MarkupLine("[green]done[/]"));
                else _printer.Progress(console => console.MarkupLineInterpolated($"{Plain.Text(_step)} … [green]done[/]"));
                _bar?.Increment(1);
                _step = "";
                break;
            case ApplyEvent.Verifying verifying:
                var words = verifying.Attempt <= 1 ? "verifying" : $"verifying, attempt {verifying.Attempt}";
                if (_bar is null) _printer.Progress(console => console.WriteLine(words));
                Describe(words);
                break;
            case ApplyEvent.RollingBack back:
                if (_step.Length > 0) _printer.Progress(console => console.MarkupLineInterpolated($"{(_bar is null ? "" : $"{Plain.Text(_step)} … ")}[red]not done[/]"));
                _step = "";
                _printer.Progress(console => console.MarkupLineInterpolated($"[yellow]rolling back:[/] {Plain.Text(back.Cause.Message)}"));
                _bar?.IsIndeterminate();
                Describe("rolling back");
                break;
        }
    }

    /// <summary>A line of its own, above the bar.</summary>
    public void Say(string words) => _printer.Progress(console => console.MarkupLineInterpolated($"{(_step.Length > 0 && _bar is null ? "\n" : "")}[yellow]{Plain.Text(words)}[/]"));

    void Describe(string words) => _bar?.Description = Plain.Text(words).EscapeMarkup();
}
