using AutoDev.Contracts.Reflection;

namespace AutoDev.Reflection.Patterns;

/// <summary>Where a pattern is in its life.</summary>
public enum PatternState
{
    /// <summary>Collects failures; fires at the threshold, if the gate lets it.</summary>
    Open,

    /// <summary>Was said, and nobody has answered yet.</summary>
    Fired,

    /// <summary>A candidate is on its way to review.</summary>
    Generating,

    /// <summary>An attempt came to nothing; fires again on a new failure or on an operator's word.</summary>
    Retry,

    /// <summary>A skill was published. Later failures of the same task begin a new pattern.</summary>
    Resolved,

    /// <summary>An operator does not want to hear of it again; later failures still join it, silently.</summary>
    Dismissed,
}

/// <summary>Failures of one agent at what is the same task. Every change is pure: it returns the pattern as it is afterwards.</summary>
public sealed record FailurePattern
{
    /// <summary>More are not sent to a generator, nor kept.</summary>
    public const int MaxFailures = 200;

    /// <summary>Failures older than this do not count towards the threshold, and a pattern without a newer one takes no more.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromDays(7);

    public required Guid Id { get; init; }

    public required string WorkspaceId { get; init; }

    public required string AgentId { get; init; }

    /// <summary>In the words of the first failure.</summary>
    public required string TaskDescription { get; init; }

    public required PatternState State { get; init; }

    /// <summary>Oldest first, each episode once.</summary>
    public required IReadOnlyList<Failure> Failures { get; init; }

    public required DateTimeOffset FirstFailureAt { get; init; }

    public required DateTimeOffset LastFailureAt { get; init; }

    /// <summary>How often it fired.</summary>
    public int Attempt { get; init; }

    /// <summary>When it last fired.</summary>
    public DateTimeOffset LastFiredAt { get; init; }


    /// <summary>After a refusal: not before this moment, unless settings or maturity change.</summary>
    public DateTimeOffset? NotBefore { get; init; }

    /// <summary>Why it did not fire, or why the last attempt came to nothing.</summary>
    public string? LastReason { get; init; }

    /// <summary>The conversation of the loop, set when it first fires.</summary>
    public Guid? ConversationId { get; init; }

    /// <summary>The pattern that a failure begins. Its id is the first episode's, so that a repeat begins the same one.</summary>
    public static FailurePattern Begin(Guid id, string workspaceId, string agentId, Failure failure) => new()
    {
        Id = id,
        WorkspaceId = workspaceId,
        AgentId = agentId,
        TaskDescription = failure.Episode.TaskDescription,
        State = PatternState.Open,
        Failures = [failure],
        FirstFailureAt = failure.At,
        LastFailureAt = failure.At,
    };

    public bool Has(string episodeId) => Failures.Any(f => f.Episode.EpisodeId == episodeId);

    /// <summary>Whether a failure at this moment may still join.</summary>
    public bool TakesAt(DateTimeOffset at) => State != PatternState.Resolved && (LastFailureAt - at).Duration() <= Window;

    public FailurePattern Join(Failure failure) => this with
    {
        Failures = [.. Failures.Append(failure with { Attempt = Attempt }).OrderBy(f => f.At).TakeLast(MaxFailures)],
        FirstFailureAt = failure.At < FirstFailureAt ? failure.At : FirstFailureAt,
        LastFailureAt = failure.At > LastFailureAt ? failure.At : LastFailureAt,
    };

    /// <summary>Whether it wants to fire: enough failures within the window, at least one of them new since it last fired.</summary>
    public bool IsDue(int threshold, DateTimeOffset now) =>
        (State == PatternState.Open || (State == PatternState.Retry && Failures.Any(IsNew)))
        && Failures.Count(f => now - f.At <= Window) >= threshold
        && (NotBefore is null || now >= NotBefore);

    public FailurePattern Fire(Guid conversationId, DateTimeOffset now) => this with
    {
        State = PatternState.Fired,
        Attempt = Attempt + 1,
        LastFiredAt = now,
        NotBefore = null,
        LastReason = null,
        ConversationId = ConversationId ?? conversationId,
    };

    /// <summary>What the candidate of the current attempt has not been tried on: failures that joined since, with a known answer. <c>null</c>: none, or no candidate.</summary>
    public FailurePatternGrew? Grown()
    {
        var tests = State == PatternState.Generating ? Failures.Where(f => IsNew(f) && f.Episode.ExpectedOutputJson is not null).Select(f => f.Episode).ToList() : [];
        return tests.Count == 0 ? null : new() { WorkspaceId = WorkspaceId, PatternId = Id, Attempt = Attempt, Episodes = tests };
    }

    public FailurePatternDetected Detected() => new()
    {
        PatternId = Id,
        WorkspaceId = WorkspaceId,
        AgentId = AgentId,
        TaskDescription = TaskDescription,
        Attempt = Attempt,
        Episodes = [.. Failures.Select(f => f.Episode)],
        DetectedAt = LastFiredAt,
    };

    /// <summary>Ids of the failures that were said when it last fired.</summary>
    public IReadOnlyList<string> Told() => [.. Failures.Where(f => !IsNew(f)).Select(f => f.Episode.EpisodeId)];

    /// <summary>Memento's gate or limit refused the attempt: nothing is lost, it waits.</summary>
    public FailurePattern Refused(int attempt, string reason, DateTimeOffset? retryAt) =>
        State == PatternState.Fired && attempt == Attempt
            ? this with { State = PatternState.Open, LastReason = reason, NotBefore = retryAt ?? DateTimeOffset.MaxValue }
            : this;

    public FailurePattern Generating() => State == PatternState.Fired ? this with { State = PatternState.Generating } : this;

    public FailurePattern CameToNothing(string reason) =>
        State is PatternState.Fired or PatternState.Generating ? this with { State = PatternState.Retry, LastReason = reason } : this;

    public FailurePattern Resolve() => this with { State = PatternState.Resolved, LastReason = null };

    public FailurePattern Dismiss() => State == PatternState.Resolved ? this : this with { State = PatternState.Dismissed };

    // It does not fire again for the same failures by itself.
    bool IsNew(Failure failure) => failure.Attempt == Attempt;
}

/// <summary>One failure within a pattern.</summary>
/// <param name="Episode">Its facts.</param>
/// <param name="At">When it was recorded.</param>
/// <param name="Attempt">How often the pattern had fired when it joined.</param>
public sealed record Failure(PatternEpisode Episode, DateTimeOffset At, int Attempt = 0);
