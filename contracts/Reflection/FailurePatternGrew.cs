namespace AutoDev.Contracts.Reflection;

/// <summary>
/// The agent failed the same task again while a candidate is on its way, and the right answer is known: a test that the candidate's generator cannot have seen.
/// </summary>
public sealed record FailurePatternGrew
{
    /// <summary>The tenant.</summary>
    public required string WorkspaceId { get; init; }

    /// <summary>The pattern.</summary>
    public required Guid PatternId { get; init; }

    /// <summary>The attempt whose candidate is on its way.</summary>
    public required int Attempt { get; init; }

    /// <summary>The new failures, oldest first, each with an answer.</summary>
    public required IReadOnlyList<PatternEpisode> Episodes { get; init; }
}
