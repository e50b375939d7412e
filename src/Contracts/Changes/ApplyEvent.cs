using System.Text.Json.Serialization;
using MeshMcp.Contracts.Errors;

namespace MeshMcp.Contracts.Changes;

/// <summary>What happens during an apply or a rollback, one JSON object a line.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "event")]
[JsonDerivedType(typeof(Planned), "planned")]
[JsonDerivedType(typeof(StepStarted), "stepStarted")]
[JsonDerivedType(typeof(StepProgress), "stepProgress")]
[JsonDerivedType(typeof(StepDone), "stepDone")]
[JsonDerivedType(typeof(Verifying), "verifying")]
[JsonDerivedType(typeof(RollingBack), "rollingBack")]
[JsonDerivedType(typeof(Finished), "finished")]
public abstract record ApplyEvent
{
    /// <summary>Nothing was done yet; <paramref name="Generation"/> is the number that the change will have, absent when there is nothing to do.</summary>
    public sealed record Planned(Plan Plan, int? Generation) : ApplyEvent;
    public sealed record StepStarted(int Index, int Count, PlannedStep Step) : ApplyEvent;
    /// <summary>How far a step is that takes long.</summary>
    public sealed record StepProgress(int Index, string Message) : ApplyEvent;
    public sealed record StepDone(int Index) : ApplyEvent;
    public sealed record Verifying(int Attempt) : ApplyEvent;
    public sealed record RollingBack(MeshError Cause) : ApplyEvent;
    /// <summary>The end, always the last event. Without <paramref name="Generation"/> there was nothing to change; where that is there and nothing <paramref name="Changed"/>, only what the desired state is made of is new.</summary>
    public sealed record Finished(bool Changed, Generation? Generation, MeshError? Error) : ApplyEvent
    {
        /// <summary>What the last look found that is about the change, or was not there before it: what of it waits, too. Null where nothing was looked at.</summary>
        public IReadOnlyList<Finding>? News { get; init; }
    }
}
