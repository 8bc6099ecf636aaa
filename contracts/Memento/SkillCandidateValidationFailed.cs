namespace AutoDev.Contracts.Memento;

/// <summary>The candidate failed a check in the sandbox. Ends the candidate; the pattern can be tried again.</summary>
public sealed record SkillCandidateValidationFailed
{
    /// <summary>The tenant.</summary>
    public required string WorkspaceId { get; init; }

    /// <summary>The candidate.</summary>
    public required Guid CandidateId { get; init; }

    /// <summary>The failure pattern that it answers; empty where a person imported it.</summary>
    public required Guid PatternId { get; init; }

    /// <summary>The agent that failed; empty where a person imported it.</summary>
    public required string AgentId { get; init; }

    /// <summary>The function's name.</summary>
    public required string SkillName { get; init; }

    /// <summary>The checks that failed, in words.</summary>
    public required string Reason { get; init; }

    /// <summary>Proxy signal: the source does not parse.</summary>
    public required bool SyntaxError { get; init; }

    /// <summary>Proxy signal: every call on the episodes' inputs ended well.</summary>
    public required bool ExecutionSuccess { get; init; }

    /// <summary>Held-out examples that it answered wrongly. The next attempt's generator sees some of them, so that it has more to go by even without new failures.</summary>
    public int Counterexamples { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset FailedAt { get; init; }
}
