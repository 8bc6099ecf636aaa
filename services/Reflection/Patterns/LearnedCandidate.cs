using Marten;

namespace AutoDev.Reflection.Patterns;

/// <summary>How far a candidate came, in the order in which it can be.</summary>
public enum CandidateStage
{
    /// <summary>Nothing was heard of it but its publication.</summary>
    Unknown,

    /// <summary>Its code was written.</summary>
    Proposed,

    /// <summary>No code was found.</summary>
    GenerationFailed,

    /// <summary>It failed its checks.</summary>
    ValidationFailed,

    /// <summary>It waits for a person.</summary>
    Validated,

    /// <summary>A person said no.</summary>
    Rejected,

    /// <summary>A person said yes.</summary>
    Approved,
}

/// <summary>A skill candidate that a pattern's failures led to, as far as Memento said. What is said later in its life wins, in whatever order it is heard.</summary>
public sealed record LearnedCandidate
{
    /// <summary>Memento's id of it.</summary>
    public required Guid Id { get; init; }

    public Guid? PatternId { get; init; }

    /// <summary>The failures it was made from.</summary>
    public IReadOnlyList<string> EpisodeIds { get; init; } = [];

    public string? SkillName { get; init; }

    public CandidateStage Stage { get; init; }

    /// <summary>Why it failed or was rejected.</summary>
    public string? Reason { get; init; }

    /// <summary>The version it became in the catalog.</summary>
    public string? Version { get; init; }

    /// <summary>When what it says last happened.</summary>
    public DateTimeOffset At { get; init; }

    /// <summary>Pure: moved on, unless it was further already. A validated candidate that a new example proves wrong fails after all.</summary>
    public LearnedCandidate Reached(CandidateStage stage, string skillName, DateTimeOffset at, string? reason = null)
    {
        var isLater = stage is CandidateStage.Validated or CandidateStage.ValidationFailed && Stage is CandidateStage.Validated or CandidateStage.ValidationFailed
            ? at > At
            : stage > Stage;
        return isLater ? this with { Stage = stage, SkillName = skillName, Reason = reason, At = at } : this with { SkillName = SkillName ?? skillName };
    }

    internal static async Task<IReadOnlyList<CandidateView>> OfEpisodeAsync(string episodeId, IQuerySession session, CancellationToken cancellation) =>
        Show(await session.Query<LearnedCandidate>().Where(c => c.EpisodeIds.Contains(episodeId)).ToListAsync(cancellation));

    /// <summary>Those of the patterns too that became part of it.</summary>
    internal static async Task<IReadOnlyList<CandidateView>> OfPatternAsync(FailurePattern pattern, IQuerySession session, CancellationToken cancellation)
    {
        Guid?[] patterns = [pattern.Id, .. pattern.MergedFrom];
        return Show(await session.Query<LearnedCandidate>().Where(c => c.PatternId.IsOneOf(patterns)).ToListAsync(cancellation));
    }

    static IReadOnlyList<CandidateView> Show(IReadOnlyList<LearnedCandidate> found) =>
        [.. found.OrderByDescending(c => c.At).ThenBy(c => c.Id).Select(c => new CandidateView(c.Id, c.PatternId, c.SkillName, c.Stage, c.Reason, c.Version, c.At))];
}

/// <summary>A candidate as it is linked to.</summary>
/// <param name="CandidateId">Memento's id of it: <c>/api/memento/workspaces/{workspace}/candidates/{id}</c>.</param>
/// <param name="PatternId">The pattern that it answers.</param>
/// <param name="SkillName">The function's name, and the skill's where it was published.</param>
/// <param name="Stage">How far it came.</param>
/// <param name="Reason">Why it failed or was rejected.</param>
/// <param name="Version">The version it became in the catalog; <c>null</c> where it was not published.</param>
/// <param name="At">When what this says last happened.</param>
sealed record CandidateView(Guid CandidateId, Guid? PatternId, string? SkillName, CandidateStage Stage, string? Reason, string? Version, DateTimeOffset At);
