using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Errors;

namespace MeshMcp.HostBridge.Engine;

/// <summary>
/// The one loop in which a node becomes what it should be: observe, plan, run, until nothing is left, or what is left is said. Applying, healing, undoing and
/// releasing differ in the aim (<see cref="Plan"/>) and in what they do about a step that fails.
/// </summary>
sealed class Convergence(TimeProvider time)
{
    /// <summary>Looks that find nothing new to do before what is left counts as left.</summary>
    const int Attempts = 5;
    /// <summary>Each round brings something that the one before made possible; more than this is somebody working against it.</summary>
    const int MostRounds = 20;
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    readonly HashSet<(string, string, string)> _ran = [];
    readonly HashSet<(string, string)> _broken = [];
    readonly List<(Step Step, MeshError Error)> _failed = [];
    readonly List<Step> _done = [];

    public required Func<Task<PlanRun>> Plan { get; init; }

    /// <summary>What is not taken is left alone, as if it were not to be done.</summary>
    public Func<Step, bool> Takes { get; init; } = _ => true;

    /// <summary>Runs one step of a round.</summary>
    public required Func<Step, Task> Run { get; init; }

    /// <summary>Before each round, with its steps.</summary>
    public Action<PlanRun, IReadOnlyList<Step>> Round { get; init; } = (_, _) => { };

    /// <summary>Before each look after the first, with the number of looks that found nothing new.</summary>
    public Action<int> Looking { get; init; } = _ => { };

    /// <summary>Whether the rest goes on without the step that failed; else its error ends the loop.</summary>
    public Func<Step, Exception, MeshError?> Bears { get; init; } = (_, _) => null;

    /// <summary>What must be seen and cannot be yet; null when all can.</summary>
    public Func<PlanRun, MeshError?> NotYet { get; init; } = _ => null;

    /// <summary>How long what cannot be seen may take to come back.</summary>
    public TimeSpan Patience { get; init; }

    /// <param name="first">A plan that is there already.</param>
    public async Task<Converged> RunAsync(PlanRun? first = null)
    {
        var run = first ?? await Plan();
        var since = time.GetTimestamp();
        for (var (round, attempt) = (0, 1); ; attempt++)
        {
            Step[] left = [.. run.Steps.Where(s => !_broken.Contains(s.Matter) && Takes(s))];
            var notYet = NotYet(run);
            if (left.Length == 0 && notYet is null) return End(left, null);
            if (left.Any(s => !_ran.Contains(s.Key)) && round < MostRounds)
            {
                (round, attempt) = (round + 1, 0);
                await RunAsync(run, left);
                since = time.GetTimestamp();
            }
            else
            {
                var over = notYet is null || time.GetElapsedTime(since) > Patience;
                if (over && (attempt >= Attempts || left.Length == 0)) return End(left, notYet);
                await Task.Delay(Pause * Math.Min(attempt, Attempts), time);
                // Something may have come meanwhile that it stands on, such as a device; what disturbs is not done twice.
                if (attempt > 1 && attempt < Attempts) await RunAsync(run, [.. left.Where(s => s.Shown.Effect == Effect.Reversible)]);
            }
            Looking(attempt + 1);
            run = await Plan();
        }
    }

    async Task RunAsync(PlanRun run, Step[] steps)
    {
        if (steps.Length == 0) return;
        Round(run, steps);
        foreach (var step in steps.Where(s => !_broken.Contains(s.Matter)))
        {
            _ran.Add(step.Key);
            try
            {
                await Run(step);
                _done.Add(step);
            }
            catch (Exception e) when (Bears(step, e) is { } error)
            {
                _failed.Add((step, error));
                _broken.Add(step.Matter);
            }
        }
    }

    Converged End(IReadOnlyList<Step> left, MeshError? notYet) => new(_done, left, _failed, notYet);
}

/// <summary>How a loop ended.</summary>
/// <param name="Left">Steps that are to do still, though they were run.</param>
/// <param name="Failed">Steps that could not be done, with the reason.</param>
/// <param name="NotYet">What could not be seen.</param>
sealed record Converged(IReadOnlyList<Step> Done, IReadOnlyList<Step> Left, IReadOnlyList<(Step Step, MeshError Error)> Failed, MeshError? NotYet)
{
    /// <summary>Nothing could be done.</summary>
    public static Converged Not(MeshError why) => new([], [], [], why);

    /// <summary>What is not as it should be, by system.</summary>
    public IEnumerable<LostItem> Lost => Failed.Select(f => (f.Step, f.Error.Message)).Concat(Left.Select(s => (Step: s, Message: "it does not stay done")))
        .Select(l => new LostItem(l.Step.Shown.System, $"{l.Step.Shown.Summary}: {l.Message}"))
        .Concat(NotYet is { } blind ? [new(blind.Target ?? "", blind.Message)] : []);

    /// <summary>The first thing that keeps the node from being as it should; null when nothing does.</summary>
    public MeshError? Trouble =>
        Failed is [var (_, error), ..] ? error
        : NotYet ?? (Left is [var still, ..] ? new(ErrorKind.VerificationFailed, $"still to do: {still.Shown.Summary}", still.Shown.Target) : null);
}
