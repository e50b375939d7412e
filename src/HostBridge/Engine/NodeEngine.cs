using System.Threading.Channels;
using MeshMcp.Contracts.Changes;
using MeshMcp.Contracts.Errors;
using MeshMcp.Contracts.State;
using MeshMcp.HostBridge.Access;
using MeshMcp.HostBridge.Host;
using MeshMcp.HostBridge.Store;

namespace MeshMcp.HostBridge.Engine;

/// <summary>
/// The one path of every change on this node: fold, validate, plan, write the generation down, run the steps, verify by planning again,
/// wait for a confirmation where the change could cut the operator off, and otherwise put back what was there.
/// One change at a time; steps run to their end whether or not the caller still listens.
/// </summary>
public sealed partial class NodeEngine(Planner planner, NodeStore store, DeclaredFile declaredFile, NodeEvents events, TimeProvider time, ILogger<NodeEngine> log) : IDisposable
{
    const int ConfirmWithinByCaller = 180;
    const int ConfirmWithinByServer = 60;
    const int VerifyAttempts = 5;
    /// <summary>A step can bring about what another waited for: a container's device, which then becomes a port.</summary>
    const int Rounds = 4;
    const int RevisionDigits = 12;
    /// <summary>Systems whose steps can bring what others stand on.</summary>
    static readonly string[] Bringing = ["packagekit", "systemd"];
    static readonly TimeSpan DaemonsWithin = TimeSpan.FromSeconds(15);
    static readonly TimeSpan VerifyPause = TimeSpan.FromMilliseconds(100);

    readonly SemaphoreSlim _node = new(1, 1);
    volatile MakingChange? _making;

    public Planner Planner => planner;

    /// <summary>The generation that waits for confirmation or is being applied or undone.</summary>
    public StoredGeneration? Unfinished =>
        store.Generations.Newest is { Generation.Status: GenerationStatus.Applying or GenerationStatus.AwaitingConfirmation } newest ? newest : null;

    /// <summary>What the node aims at now: a change that still waits for its confirmation counts.</summary>
    public Generation? Current => Unfinished is { Generation.Status: GenerationStatus.AwaitingConfirmation } pending ? pending.Generation : store.Generations.Confirmed;

    public NodeState Desired => store.DesiredAt(Current);

    public NodeState Declared => store.Declared.Read(store.Generations.Confirmed?.Declared ?? DeclaredDocuments.Empty);

    /// <summary>Names document and edits of <see cref="Current"/>: whatever changes one of them changes it.</summary>
    public string Revision => $"{(Current?.Declared ?? DeclaredDocuments.Empty)[..RevisionDigits]}-{Current?.Head ?? 0}";

    /// <summary>Looks only; a plan needs no lock because apply plans anew and compares the digest.</summary>
    public async Task<Plan> PlanAsync(ChangeRequest request, CancellationToken ct)
    {
        var proposal = Propose(request);
        if (RefusalOf(proposal) is { } refusal) proposal = proposal with { Findings = [.. proposal.Findings, new("warning", "state", $"It would be refused: {refusal.Message} {refusal.Hint}")] };
        return (await PlanAsync(proposal, ct)).Plan;
    }

    /// <summary>Carries a change out. The channel fails with <see cref="MeshException"/> when it is refused before anything was done, and ends with <see cref="ApplyEvent.Finished"/> otherwise.</summary>
    public ChannelReader<ApplyEvent> Apply(ChangeRequest request, Caller caller) =>
        Run(report => ChangeAsync(() => request.ExpectedRevision is { } revision && revision != Revision
            ? throw new MeshException(ErrorKind.Conflict, $"The state changed since revision {revision}: it is {Revision} now.", "expectedRevision", "Read the state again, put your change into it, and apply that.")
            : Propose(request), request.ExpectedDigest, caller, report));

    /// <summary>Stops the change that is being made before its next step and undoes it, or undoes the one that waits; or goes back to the desired state of an earlier generation as a change of its own.</summary>
    public ChannelReader<ApplyEvent> Rollback(RollbackRequest request, Caller caller)
    {
        if (request.To is { } number) return Run(report => ChangeAsync(() => ProposeEarlier(number, request), null, caller, report));
        var stopped = _making is { } making && (request.Only is null || request.Only == making.Number) && making.Stop(caller.Name) ? making : null;
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
        await _node.WaitAsync();
        try
        {
            return await operation();
        }
        finally
        {
            _node.Release();
        }
    }

    /// <summary>Waits for the change that runs, before the process ends.</summary>
    public async Task IdleAsync()
    {
        await _node.WaitAsync();
        _node.Release();
    }

    public void Dispose() => _node.Dispose();

    ChannelReader<ApplyEvent> Run(Func<ChannelWriter<ApplyEvent>, Task> change)
    {
        var channel = Channel.CreateUnbounded<ApplyEvent>();
        _ = Task.Run(async () =>
        {
            await _node.WaitAsync();
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
                _node.Release();
            }
        });
        return channel.Reader;
    }

    async Task ChangeAsync(Func<Proposal> propose, string? expectedDigest, Caller caller, ChannelWriter<ApplyEvent> report)
    {
        RefuseWhileUnfinished();
        store.RequireRoom();
        var proposal = propose();
        if (RefusalOf(proposal) is { } refusal) throw new MeshException(refusal);
        var path = PathOf(proposal);
        var run = await PlanAsync(proposal, CancellationToken.None);
        if (expectedDigest is not null && expectedDigest != run.Plan.Digest)
            throw new MeshException(ErrorKind.Conflict, $"The node changed since plan {expectedDigest} was made: the plan is {run.Plan.Digest} now, with {run.Steps.Count} step(s).",
                "expectedDigest", "Look at the plan again and apply with its new digest.");
        if (run.Steps.Count == 0 && proposal.IsCurrent)
        {
            report.TryWrite(new ApplyEvent.Planned(run.Plan, null));
            report.TryWrite(new ApplyEvent.Finished(false, null, null));
            return;
        }

        var number = store.Generations.Next;
        using var moment = store.Begin();
        var (document, head) = proposal.Store(time.GetUtcNow(), caller.Name, number);
        var generation = new Generation(number, GenerationStatus.Applying, time.GetUtcNow(), caller.Name, proposal.Why, document, head, [.. run.Plan.Steps.Select(Shortened)])
        {
            Edits = proposal.Edits,
        };
        store.Generations.WriteSnapshot(generation.Number, run.Observed);
        store.Write(new(generation));
        moment.Commit();
        // Before anybody hears of it, so that who does can stop it.
        var making = _making = new(generation.Number);
        Report(report, generation, new ApplyEvent.Planned(run.Plan, generation.Number));

        var failure = await RunAndVerifyAsync(run, proposal, generation, making, report);
        _making = null;
        if ((failure ?? TryEnd(generation, Required(proposal, making.Touches, path))) is { } cause)
        {
            Report(report, generation, new ApplyEvent.RollingBack(cause));
            var undone = making.Ended = await UndoAsync(generation, cause);
            Report(report, generation, new ApplyEvent.Finished(false, undone, undone.Error));
            return;
        }
        var ended = Read(generation.Number);
        Report(report, ended, new ApplyEvent.Finished(true, ended, null));
    }

    MeshError? RefusalOf(Proposal proposal) => proposal.Document is { } document ? declaredFile.Refusal(document) : null;

    /// <summary>A system that cannot be asked holds up a change that is about it, unless the same change may bring what it stands on: then it is planned after that.</summary>
    async Task<PlanRun> PlanAsync(Proposal proposal, CancellationToken ct)
    {
        var run = await planner.PlanAsync(proposal.Desired, PathOf(proposal), ct, left: proposal.Left);
        var (before, waiting) = (Desired, new List<Finding>());
        foreach (var (system, error) in run.Faults)
        {
            var concerned = Concerns(proposal, system, before);
            if (error.Kind != ErrorKind.Unavailable || (concerned && !Brings(run))) throw new MeshException(error);
            waiting.Add(new("waiting", system, concerned ? $"{error.Message} It is planned once packages and units are as wanted." : $"{error.Message} It is left as it is: the change is not about it."));
        }
        return run with { Plan = run.Plan with { Findings = [.. run.Plan.Findings, .. waiting, .. proposal.Findings] } };
    }

    static bool Brings(PlanRun run) => run.Steps.Any(s => Bringing.Contains(s.Shown.System));

    static bool Concerns(Proposal proposal, string system, NodeState before) =>
        proposal.Document is not null || proposal.Sections.Contains(system) || Planner.Differ(system, proposal.Desired, before);

    /// <summary>After steps: a daemon that they started takes a moment to answer, and what answered <paramref name="first"/> must again, where it has to do with the change.</summary>
    /// <param name="aside">Systems that the change leaves as they are, as they could not be asked and it is not about them; also when they can be asked again. Those that are lost meanwhile are added.</param>
    async Task<PlanRun> PlanAgainAsync(Proposal proposal, PlanRun first, HashSet<string> aside)
    {
        for (var since = time.GetTimestamp(); ; await Task.Delay(VerifyPause, time))
            try
            {
                var run = await PlanAsync(proposal, CancellationToken.None);
                foreach (var (system, error) in run.Faults.Where(f => first.Faults.All(b => b.System != f.System)))
                    if (Brings(first)) throw new MeshException(error);
                    else aside.Add(system);
                return run with { Steps = [.. run.Steps.Where(s => !aside.Contains(s.Shown.System))], Seen = [.. run.Seen.Where(s => !aside.Contains(s.System))] };
            }
            catch (MeshException e) when (e.Error.Kind == ErrorKind.Unavailable && time.GetElapsedTime(since) < DaemonsWithin)
            {
                // Not yet.
            }
    }

    async Task<MeshError?> RunAndVerifyAsync(PlanRun run, Proposal proposal, Generation generation, MakingChange making, ChannelWriter<ApplyEvent> report)
    {
        try
        {
            var done = new HashSet<(string, string, string)>();
            var (snapshot, before) = (run.Observed, Desired);
            HashSet<string> aside = [.. run.Faults.Select(f => f.System).Where(s => !Concerns(proposal, s, before))];
            await RunAsync(run.Steps);
            for (var (attempt, round) = (1, 1); ; attempt++)
            {
                Report(report, generation, new ApplyEvent.Verifying(attempt));
                var left = await PlanAgainAsync(proposal, run, aside);
                if (left.Steps.Count == 0)
                {
                    making.Close();
                    return null;
                }
                if (round++ < Rounds && !left.Steps.All(s => done.Contains(NameOf(s))))
                {
                    if (snapshot.With(left.Seen) is var more && more != snapshot) store.Generations.WriteSnapshot(generation.Number, snapshot = more);
                    await RunAsync(left.Steps);
                    attempt = 0;
                    continue;
                }
                if (attempt == VerifyAttempts)
                    return new(ErrorKind.VerificationFailed, $"After all steps {left.Steps.Count} is left to do: {left.Steps[0].Shown.Summary}.", left.Steps[0].Shown.Target,
                        "Something else on the node undoes it, or refuses it silently: compare get_state observed with desired.");
                foreach (var step in left.Steps.Where(s => s.Follows)) await step.Run(CancellationToken.None);
                if (!left.Steps.All(s => s.Follows)) await Task.Delay(VerifyPause * attempt, time);
            }

            async Task RunAsync(IReadOnlyList<Step> steps)
            {
                var (first, count) = (done.Count, done.Count + steps.Count);
                // Later rounds finish what the first one began, but for systems that it could not see.
                making.Touches |= steps.Any(s => s.Shown.TouchesManagement && (first == 0 || snapshot.Later.Contains(s.Shown.System)));
                for (var i = 0; i < steps.Count; i++)
                {
                    making.Check();
                    Report(report, generation, new ApplyEvent.StepStarted(first + i, count, Shortened(steps[i].Shown)));
                    var index = first + i;
                    await (steps[i].Reporting is { } run ? run(words => Report(report, generation, new ApplyEvent.StepProgress(index, words)), CancellationToken.None) : steps[i].Run(CancellationToken.None));
                    done.Add(NameOf(steps[i]));
                    Report(report, generation, new ApplyEvent.StepDone(first + i));
                }
            }
        }
        catch (Exception e)
        {
            return ErrorOf(e);
        }
    }

    /// <summary>Runs what can be run: where one system fails, its other steps are left and the other systems' go on.</summary>
    async Task<List<MeshError>> RunEachAsync(IReadOnlyList<Step> steps, Action<Step> done)
    {
        var faults = new List<MeshError>();
        var broken = new HashSet<string>();
        foreach (var step in steps.OrderBy(s => s.Reporting is not null).Where(s => !broken.Contains(s.Shown.System)))
            try
            {
                await step.Run(CancellationToken.None);
                done(step);
            }
            catch (Exception e)
            {
                faults.Add(ErrorOf(e));
                broken.Add(step.Shown.System);
            }
        return faults;
    }

    static (string, string, string) NameOf(Step step) => (step.Shown.System, step.Shown.Target, step.Shown.Summary);

    /// <summary>What kept the end from being written down; then the change is undone, since nobody would know of it after a crash.</summary>
    MeshError? TryEnd(Generation generation, Confirmation? confirmation)
    {
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
            return ErrorOf(e);
        }
    }

    /// <param name="touches">A step lay on the way in: of the first round, or of a system that only later rounds could see; other later steps finish what the first ones began.</param>
    Confirmation? Required(Proposal proposal, bool touches, ManagementPath path)
    {
        if (!touches && proposal.ConfirmWithin is null) return null;
        var reconnect = touches && path.Serves;
        var byCaller = reconnect || proposal.ConfirmWithin is not null;
        var within = proposal.ConfirmWithin ?? (byCaller ? ConfirmWithinByCaller : ConfirmWithinByServer);
        return new(within, time.GetUtcNow().AddSeconds(within), byCaller, reconnect);
    }

    ManagementPath PathOf(Proposal proposal) => ManagementPath.Of(proposal.Desired, Desired);

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

    MeshError ErrorOf(Exception e)
    {
        if (e is MeshException mesh) return mesh.Error;
        if (e is IOException or UnauthorizedAccessException) return FileFault.Of(e);
        LogDefect(log, e);
        return new(ErrorKind.Bug, e.Message, Hint: "This is a defect of MeshMcp: please report it with the host bridge's log.");
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Defect while changing the node")]
    static partial void LogDefect(ILogger log, Exception e);
}
