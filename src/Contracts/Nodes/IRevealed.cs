namespace MeshMcp.Contracts.Nodes;

/// <summary>An answer that is asked for the secret in it. In all others a secret's name stands in the place of its value.</summary>
public interface IRevealed;

/// <summary>One that can be given without its secret, which is then fetched apart from it: no program on the way, and no model, has it.</summary>
public interface IHandedOver : IRevealed
{
    /// <summary>Where the secret is; null: in the answer.</summary>
    Handover? Handover { get; }

    /// <summary>The secret alone; without texts where there is none.</summary>
    HandedOver Secret();

    /// <summary>The answer without it.</summary>
    IHandedOver Without(Handover where);
}
