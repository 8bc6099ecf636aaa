using AutoDev.Contracts.Governance;
using AutoDev.Gating;
using AutoDev.Governance.Agents;
using AutoDev.Governance.Gates;

namespace AutoDev.Governance.Diagnosis;

/// <summary>Everything that a diagnosis is made from: what Governance knows, and what the others told.</summary>
sealed record DiagnosisFacts
{
    public required string AgentId { get; init; }

    public required Capability Capability { get; init; }

    public required WorkspaceSettings Settings { get; init; }

    /// <summary><c>null</c> for one that nobody registered and that has reported nothing.</summary>
    public Agent? Agent { get; init; }

    public required DateTimeOffset Now { get; init; }

    public required Told<ListOf<EpisodeTold>> Failures { get; init; }

    /// <summary>The one with the newest failure first.</summary>
    public required Told<ListOf<PatternTold>> Patterns { get; init; }

    /// <summary>Newest first.</summary>
    public required Told<ListOf<CandidateTold>> Candidates { get; init; }

    /// <summary>The newest candidate's checks; <c>null</c> where there is no candidate.</summary>
    public Told<ChecksTold>? Newest { get; init; }

    public required Told<UsageTold> Usage { get; init; }

    /// <summary>Today's refusals of this capability over money, by the settings that stand; newest first.</summary>
    public IReadOnlyList<Refusal> RefusedOverMoney { get; init; } = [];

    public required Told<GeneratorTold> Generator { get; init; }

    public required Told<EngineTold> Engine { get; init; }

    /// <summary>Scores that wait for external signals.</summary>
    public required Told<ListOf<ScoreTold>> Pending { get; init; }

    /// <summary>Signals for subjects that nobody has spoken of.</summary>
    public required Told<ListOf<ScoreTold>> Waiting { get; init; }
}

/// <summary>A page of another service's list.</summary>
sealed record ListOf<T>(IReadOnlyList<T> Items);

/// <summary>Of Reflection.</summary>
sealed record EpisodeTold(string EpisodeId, string TaskDescription, DateTimeOffset RecordedAt);

/// <summary>Of Reflection; the state in its words: open, fired, generating, retry, resolved, dismissed.</summary>
sealed record PatternTold(Guid PatternId, string TaskDescription, string State, int Failures, DateTimeOffset LastFailureAt, int Attempts, string? Reason,
    DateTimeOffset? RetryAt);

/// <summary>Of Memento.</summary>
sealed record CandidateTold(Guid Id, string Status, string SkillName, string? FailureReason, string? PublishedVersion, DateTimeOffset UpdatedAt);

/// <summary>Of Memento.</summary>
sealed record ChecksTold(Guid Id, string Status, IReadOnlyList<CheckTold> Checks);

/// <summary>Of Memento; verdict is passed, warning, failed or not_applicable.</summary>
sealed record CheckTold(string Name, string Verdict, string Evidence);

/// <summary>Of the service that counts the capability.</summary>
sealed record UsageTold(DateTimeOffset ResetsAt, IReadOnlyList<LimitTold> Limits, SpendTold Spend);

/// <summary>Of the service that counts the capability.</summary>
sealed record SpendTold(decimal Spent, decimal Reserved, decimal Elsewhere, decimal Cap, decimal Remaining);

/// <summary>Of the service that counts the capability.</summary>
sealed record LimitTold(string Capability, int Used, int Limit);

/// <summary>Of Memento.</summary>
sealed record GeneratorTold(string Name, double TimeBudgetSeconds, int AtWork, ModelTold? Model = null);

/// <summary>Of Memento; without a problem where it can be asked.</summary>
sealed record ModelTold(string Provider, string Model, string? Problem);

/// <summary>Of SandboxRunner.</summary>
sealed record EngineTold(
    bool Available, string? Reason, DateTimeOffset? Since, long Waiting, long Running, DateTimeOffset? OldestWaitsSince, double TimeoutSeconds, int MemoryMb);

/// <summary>Of Fitness.</summary>
sealed record ScoreTold(string Subject, double Score, string Status, int SignalCount, DateTimeOffset ScoredAt);
