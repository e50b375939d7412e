using System.Threading.Channels;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Access;
using MeshMcp.HostBridge.Audit;
using MeshMcp.HostBridge.Host;
using MeshMcp.HostBridge.Store;

namespace MeshMcp.HostBridge.Engine;

/// <summary>
/// The one path of every change on this node: fold, validate, plan, write the generation down, run the steps, verify by planning again,
/// wait for a confirmation where the change could cut the operator off, and otherwise put back what was there.
/// One change at a time; steps run to their end whether or not the caller still listens.
/// </summary>
public sealed partial class NodeEngine(Planner planner, NodeStore store, DeclaredFile declaredFile, NodeEvents events, DriftSignal drift, TimeProvider time, AuditLog audit, ILogger<NodeEngine> log) : IDisposable
{
    const int ConfirmWithinByCaller = 180;
    const int ConfirmWithinByServer = 60;
    const int RevisionDigits = 12;
    /// <summary>A daemon that steps started takes a moment to answer.</summary>
    static readonly TimeSpan DaemonsWithin = TimeSpan.FromSeconds(15);

    readonly Gate _gate = new();
    volatile MakingChange? _making;

    public Planner Planner => planner;

    public StandingFindings Standing { get; } = new();

    /// <summary>The generation that waits for confirmation or is being applied or undone.</summary>
    public StoredGeneration? Unfinished =>
        store.Generations.Newest is { Generation.Status: GenerationStatus.Applying or GenerationStatus.AwaitingConfirmation } newest ? newest : null;

    /// <summary>What the node aims at now: a change that still waits for its confirmation counts.</summary>
    public Generation? Current => store.Generations.Standing;

    public NodeState Desired => store.DesiredAt(Current);

    public NodeState Declared => store.Declared.Read(store.Generations.Confirmed?.Declared ?? DeclaredDocuments.Empty);

    /// <summary>Names document and edits of <see cref="Current"/>: whatever changes one of them changes it.</summary>
    public string Revision => $"{(Current?.Declared ?? DeclaredDocuments.Empty)[..RevisionDigits]}-{Current?.Head ?? 0}";

    /// <summary>Looks only; a plan needs no lock because apply plans anew and compares the digest.</summary>
    public async Task<Plan> PlanAsync(ChangeRequest request, Caller caller, CancellationToken ct) => await PlanAsync(Propose(request), caller, ct);

    /// <summary>What <see cref="Rollback"/> would do; looks only.</summary>
    public async Task<Plan> PlanRollbackAsync(RollbackRequest request, Caller caller, CancellationToken ct)
    {
        if (ProposeBack(request) is { } back) return await PlanAsync(back, caller, ct);
        var generation = Waiting(request.Only);
        MayEnd(generation.Number, request.Only, caller);
        if (store.Generations.ReadSnapshot(generation.Number) is not { } before) throw new MeshException(ErrorKind.Unavailable, $"The snapshot of generation {generation.Number} cannot be read.", "rollback", "meshctl doctor on the node says what to do.");
        var run = await planner.PlanAsync(_ => before.State, generation.Steps.Select(s => s.System).Where(before.Systems.Contains).ToHashSet(), ct);
        return run.Plan with { Differences = StateItems.FieldDifferences(Desired, store.DesiredAt(store.Generations.Confirmed)) };
    }

    async Task<Plan> PlanAsync(Proposal proposal, Caller caller, CancellationToken ct)
    {
        if (RefusalOf(proposal, caller) is { } refusal) proposal = proposal with { Findings = [.. proposal.Findings, new("warning", "state", $"It would be refused: {refusal.Message} {refusal.Hint}")] };
        if (Unfinished is { Generation: var unfinished }) proposal = proposal with { Findings = [.. proposal.Findings, new("warning", "state", $"It would be refused as long as generation {unfinished.Number} by {unfinished.By} has not ended.")] };
        return (await PlanAsync(proposal, ConcernOf(proposal), ct)).Plan with { Differences = StateItems.FieldDifferences(store.DesiredAt(store.Generations.Confirmed), proposal.Desired) };
    }

    /// <summary>Carries a change out. The channel fails with <see cref="MeshException"/> when it is refused before anything was done, and ends with <see cref="ApplyEvent.Finished"/> otherwise.</summary>
    /// <param name="left">Whoever asks is not there any more: what has not begun by then is not begun.</param>
    public ChannelReader<ApplyEvent> Apply(ChangeRequest request, Caller caller, CancellationToken left = default) =>
        Run(report => ChangeAsync(() => request.ExpectedRevision is { } revision && revision != Revision
            ? throw new MeshException(ErrorKind.Conflict, $"The state changed since revision {revision}: it is {Revision} now.", "expectedRevision", "Read the state again, put your change into it, and apply that.")
            : Propose(request), request.ExpectedDigest, caller.Forcing(request.Force), report, left));

    /// <summary>Stops the change that is being made before its next step and undoes it, or undoes the one that waits; or goes back to the desired state of an earlier generation as a change of its own.</summary>
    /// <param name="left">As of <see cref="Apply"/>; to undo what waits is done all the same.</param>
    public ChannelReader<ApplyEvent> Rollback(RollbackRequest request, Caller caller, CancellationToken left = default)
    {
        if (request.To is not null || request.Undo is not null) return Run(report => ChangeAsync(() => ProposeBack(request)!, null, caller.Forcing(request.Force), report, left));
        var stopped = _making is { } making && (request.Only is null || request.Only == making.Number) && MayEnd(making.Number, request.Only, caller) && making.StopBy(caller.Name) ? making : null;
        return Run(report => stopped is { Ended: { } ended } ? Told(ended, report) : CancelAsync(request.Only, caller, report));
    }

    /// <summary>The stopped change's own caller has been told by its own stream.</summary>
    static Task Told(Generation ended, ChannelWriter<ApplyEvent> report)
    {
        report.TryWrite(new ApplyEvent.Finished(ended.Status == GenerationStatus.RolledBack, ended, ended.Status == GenerationStatus.RolledBack ? null : ended.Error));
        return Task.CompletedTask;
    }

    /// <summary>Runs an operation while no change runs.</summary>
    public async Task<T> OperateAsync<T>(Func<Task<T>> operation)
    {
        using var slot = await _gate.SlotAsync();
        using var steps = await _gate.StepsAsync();
        return await operation();
    }

    /// <summary>Waits for the change that runs, before the process ends.</summary>
    public Task IdleAsync() => _gate.IdleAsync();

    public void Dispose() => _gate.Dispose();

    ChannelReader<ApplyEvent> Run(Func<ChannelWriter<ApplyEvent>, Task> change)
    {
        var channel = Channel.CreateUnbounded<ApplyEvent>();
        _ = Task.Run(async () =>
        {
            using var slot = await _gate.SlotAsync();
            try
            {
                await change(channel.Writer);
                channel.Writer.Complete();
            }
            catch (Exception e)
            {
                channel.Writer.Complete(e);
            }
            finally
            {
                _longHealing.Free();
            }
        });
        return channel.Reader;
    }

    async Task ChangeAsync(Func<Proposal> propose, string? expectedDigest, Caller caller, ChannelWriter<ApplyEvent> report, CancellationToken left = default)
    {
        RequireThere(left);
        RefuseWhileUnfinished();
        store.RequireRoom();
        var proposal = propose();
        if (!proposal.Promised && RefusalOf(proposal, caller) is { } refusal) throw new MeshException(refusal);
        var (concern, before) = (ConcernOf(proposal), Desired);
        await _longHealing.ClaimAsync(concern.All);
        // Planned once nobody else runs steps: what healing does meanwhile must not be done twice.
        // One that hangs is no reason to wait where the change is not about its system.
        using var steps = await _gate.StepsAsync(() => _running.IsElsewhere(concern.All));
        var run = await PlanAsync(proposal, concern, CancellationToken.None);
        Guard.Refuse(run.Steps.Concat(run.Later), proposal.Force);
        if (expectedDigest is not null && expectedDigest != run.Plan.Digest)
            throw new MeshException(ErrorKind.Conflict, $"The node changed since plan {expectedDigest} was made: the plan is {run.Plan.Digest} now, with {run.Steps.Count} step(s).",
                "expectedDigest", "Look at the plan again and apply with its new digest.");
        if (run.Steps.Count == 0 && proposal.IsCurrent)
        {
            report.TryWrite(new ApplyEvent.Planned(run.Plan, null));
            report.TryWrite(new ApplyEvent.Finished(false, null, null) { News = News(proposal, concern, run) });
            return;
        }

        RequireThere(left);
        if (run.Steps.Count == 0 && proposal.ConfirmWithin is null)
        {
            // What was just looked at is as wanted, so nothing is to be verified.
            var settled = WriteDown(store.Generations.Next, proposal, concern, run, before, caller, isDone: true);
            Report(report, settled, new ApplyEvent.Planned(run.Plan, settled.Number));
            Report(report, settled, new ApplyEvent.Finished(proposal.ChangesDesired, settled, null) { News = News(proposal, concern, run) });
            return;
        }

        PlanRun last;
        using var making = new MakingChange(store.Generations.Next, concern.All);
        Generation generation;
        // In one: who sees it being applied sees that somebody is at it, and does not take it for what a crash left.
        lock (_turn)
        {
            generation = WriteDown(making.Number, proposal, concern, run, before, caller);
            _making = making;
        }
        try
        {
            Report(report, generation, new ApplyEvent.Planned(run.Plan, generation.Number));
            var course = new ChangeCourse(proposal, concern, run, making);
            var failure = await RunAndVerifyAsync(course, generation, report, steps);
            last = course.Last;
            steps.Dispose();
            if ((failure ?? TryEnd(generation, Required(proposal, making.Touches, ManagementPaths.ServesIn(before) || ManagementPaths.ServesIn(proposal.Desired)))) is { } cause)
            {
                Report(report, generation, new ApplyEvent.RollingBack(cause));
                var undone = making.Ended = await UndoAsync(store.Generations.Find(generation.Number)!.Generation, cause);
                Report(report, generation, new ApplyEvent.Finished(false, undone, undone.Error));
                return;
            }
        }
        finally
        {
            _making = null;
            // What the change brought about needs no second look; what somebody else did meanwhile does.
            drift.Again();
        }
        var ended = Read(generation.Number);
        Report(report, ended, new ApplyEvent.Finished(true, ended, null) { News = News(proposal, concern, last) });
    }

    /// <summary>What a change tells of the node; what stood before and is not about it, the status tells.</summary>
    Finding[] News(Proposal proposal, Concern concern, PlanRun last)
    {
        // An edit suspends no other: those that are, are since a document came.
        var ofEdits = proposal.Findings.Where(f => proposal.Document is not null || f.Kind != "suspended");
        Finding[] news = [.. last.Plan.Findings.Where(concern.IsAbout).Union(Standing.New(last)).Where(f => f.Kind is not ("unmanaged" or "suspended")).Union(ofEdits)];
        Standing.Note(last);
        return news;
    }

    static void RequireThere(CancellationToken left)
    {
        if (left.IsCancellationRequested) throw new MeshException(ErrorKind.Conflict, "Whoever asked for it left before it began; nothing was done.", "request", "Ask again.");
    }

    /// <summary>As being applied, with all that it stands on and brings with it; from then on a crash undoes it.</summary>
    /// <param name="isDone">Nothing is to be done, so that it holds at once.</param>
    Generation WriteDown(int number, Proposal proposal, Concern concern, PlanRun run, NodeState before, Caller caller, bool isDone = false)
    {
        using var moment = store.Begin();
        foreach (var edit in proposal.AskedEdits)
        {
            var system = planner.SystemOf(edit.Section);
            system.Keep(edit);
            store.Revoked.Add(system.Revokes(edit, before), time.GetUtcNow(), number);
        }
        var (document, head) = proposal.Store(time.GetUtcNow(), caller.Name, number);
        var generation = new Generation(number, GenerationStatus.Applying, time.GetUtcNow(), caller.Name, proposal.Why, document, head, [.. run.Plan.Steps.Select(Shortened)])
        {
            Edits = proposal.Edits,
            Systems = [.. concern.Systems.Order(StringComparer.Ordinal)],
            Settled = proposal.Settled,
        };
        if (isDone) generation = generation with { Status = GenerationStatus.Confirmed, EndedAt = generation.At };
        else store.Generations.WriteSnapshot(number, run.Observed);
        store.Write(isDone ? new(generation, store.Clock.Now) : new(generation));
        moment.Commit();
        return generation;
    }

    MeshError? RefusalOf(Proposal proposal, Caller caller) =>
        (proposal.Document is { } document ? declaredFile.Refusal(document) : null) ?? planner.RefusalOf(caller, Desired, proposal.Desired);

    Concern ConcernOf(Proposal proposal) => Concern.Of(planner, Desired, proposal.Desired, proposal.AskedEdits, proposal.Document is not null);

    /// <summary>What the change is about must answer, unless the same change may bring what it stands on: then it is planned after that.</summary>
    /// <exception cref="MeshException">What it is about cannot be asked, or cannot be put right now.</exception>
    async Task<PlanRun> PlanAsync(Proposal proposal, Concern concern, CancellationToken ct)
    {
        var run = await planner.PlanAsync(proposal.Desired, concern.All, ct, proposal.Left, Desired);
        var waiting = new List<Finding>();
        foreach (var (system, error) in run.Faults)
        {
            var concerned = concern.Systems.Contains(system);
            if (concerned && !(error.Kind == ErrorKind.Unavailable && planner.BringAnything(run.Steps.Select(s => s.Shown.System)))) throw new MeshException(error);
            waiting.Add(new("waiting", system, concerned ? $"{error.Message} It is planned once packages and units are as wanted." : $"{error.Message} It is left as it is: the change is not about it."));
        }
        if (run.Blocked.FirstOrDefault(concern.IsAbout) is { NotNow: { } why }) throw new MeshException(why);
        return Guard.Checked(run with { Plan = run.Plan with { Findings = [.. run.Plan.Findings, .. waiting, .. proposal.Findings] } }, proposal.Force);
    }

    async Task<MeshError?> RunAndVerifyAsync(ChangeCourse course, Generation generation, ChannelWriter<ApplyEvent> report, HeldSteps held)
    {
        var (proposal, concern, first, making) = course;
        var (snapshot, index) = (first.Observed, 0);
        try
        {
            var end = await new Convergence(time)
            {
                Plan = async () =>
                {
                    // What the steps stirred up is seen by this look.
                    drift.Settle(course.Again);
                    return course.Last = await planner.PlanAsync(proposal.Desired, course.Again, CancellationToken.None, proposal.Left, Desired);
                },
                NotYet = run => course.NotYet(planner, run),
                Patience = DaemonsWithin,
                Round = (run, steps) =>
                {
                    Guard.Refuse(steps, proposal.Force);
                    // Later rounds finish what the first one began, but for what it could not see, or what waited for it.
                    making.Touches |= steps.Any(s => s.Shown.TouchesManagement && (index == 0 || !first.Observed.Systems.Contains(s.Shown.System) || first.Later.Any(l => l.Item == s.Item)));
                    if (run.Seen.AddedTo(snapshot) is var more && more != snapshot) store.Generations.WriteSnapshot(generation.Number, snapshot = more);
                    if (steps.Select(s => s.Shown.System).Except(generation.Steps.Select(s => s.System)).Any())
                        store.Write(new(generation = generation with { Steps = [.. generation.Steps, .. steps.Select(s => Shortened(s.Shown))] }));
                },
                Run = RunAsync,
                Looking = attempt => Report(report, generation, new ApplyEvent.Verifying(attempt)),
                Bears = (step, e) => making.Stop is null && course.Bears(step) ? Patience.ErrorOf(log, e) : null,
            }.RunAsync(first);
            if (end.NotYet is { } notYet) return notYet;
            Step[] left = [.. end.Left.Where(s => !course.Bears(s))];
            if (left.Length > 0)
                return new(ErrorKind.VerificationFailed, $"After all steps {left.Length} is left to do: {left[0].Shown.Summary}.", left[0].Shown.Target,
                    "Something else on the node undoes it, or refuses it silently: look at get_state with view=observed.");
            making.Close();
            return null;
        }
        catch (Exception e)
        {
            return making.Stop is { } stop ? stop.Error : Patience.ErrorOf(log, e);
        }

        async Task RunAsync(Step step)
        {
            making.Check();
            var number = index++;
            Report(report, generation, new ApplyEvent.StepStarted(number, Math.Max(number + 1, generation.Steps.Count), Shortened(step.Shown)));
            if (step.Reporting is { } work)
                // What takes long does not hold up healing of the rest.
                await held.AsideAsync(() => _running.RunAsync(step, () => work(words => Report(report, generation, new ApplyEvent.StepProgress(number, words)), making.Stopped)));
            else
                await _running.RunAsync(step, () => step.Run(CancellationToken.None));
            Report(report, generation, new ApplyEvent.StepDone(number));
        }
    }

    /// <summary>What kept the end from being written down; then the change is undone, since nobody would know of it after a crash.</summary>
    MeshError? TryEnd(Generation generation, Confirmation? confirmation)
    {
        generation = store.Generations.Find(generation.Number)!.Generation;
        var ended = confirmation is null
            ? generation with { Status = GenerationStatus.Confirmed, EndedAt = time.GetUtcNow() }
            : generation with { Status = GenerationStatus.AwaitingConfirmation, Confirmation = confirmation };
        if (TryWrite(new(ended, store.Clock.Now)) is { } fault) return fault;
        if (confirmation is not null) events.Publish("awaitingConfirmation", $"generation {ended.Number} is undone at {confirmation.Deadline:T} unless confirmed", ended.Number);
        return null;
    }

    MeshError? TryWrite(StoredGeneration stored)
    {
        try
        {
            store.Write(stored);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return FileFault.Of(e);
        }
    }

    /// <param name="touches">A step lay on the way in: of the first round, or of a system that only later rounds could see; other later steps finish what the first ones began.</param>
    /// <param name="serves">Callers come in by a container of this node, or did: a way that is taken away counts as much as one that is made.</param>
    Confirmation? Required(Proposal proposal, bool touches, bool serves)
    {
        if (proposal.Promised || (!touches && proposal.ConfirmWithin is null)) return null;
        var reconnect = touches && serves;
        var byCaller = reconnect || proposal.ConfirmWithin is not null;
        var within = proposal.ConfirmWithin ?? (byCaller ? ConfirmWithinByCaller : ConfirmWithinByServer);
        return new(within, time.GetUtcNow().AddSeconds(within), byCaller, reconnect);
    }

    void Report(ChannelWriter<ApplyEvent> report, Generation generation, ApplyEvent what)
    {
        report.TryWrite(what);
        events.Publish(generation.Number, what);
    }

    /// <summary>History keeps enough of a step to be read, not ten thousand flows.</summary>
    static PlannedStep Shortened(PlannedStep step)
    {
        const int Lines = 40;
        return step.Details is { Count: > Lines } all ? step with { Details = [.. all.Take(Lines), $"… and {all.Count - Lines} more"] } : step;
    }
}
