namespace AutoDev.Contracts.Memento;

/// <summary>Asks Memento's generator to write the code of a candidate that already has its place in the daily quota.</summary>
public sealed record GenerateSkill
{
    /// <summary>The tenant.</summary>
    public required string WorkspaceId { get; init; }

    /// <summary>The candidate, in status <c>generating</c>.</summary>
    public required Guid CandidateId { get; init; }
}
