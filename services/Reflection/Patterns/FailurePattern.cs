using System.Text.Json.Serialization;
using AutoDev.Contracts.Reflection;
using AutoDev.Reflection.Episodes;
using AutoDev.Reflection.Phrasings;

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

    /// <summary>An operator made it part of another one, which has its failures now.</summary>
    Merged,
}

/// <summary>
/// Failures of one agent at what is the same task: what deciding needs, however many there are. Their facts lie with the episodes, see
/// <see cref="PatternEpisodes"/>. Every change is pure: it returns the pattern as it is afterwards.
/// </summary>
public sealed record FailurePattern
{
    /// <summary>More are not sent to a generator.</summary>
    public const int MaxSaid = 200;

    /// <summary>No threshold is higher, so that no more times are kept.</summary>
    public const int MaxThreshold = 100;

    // By the first, since it named the task, and by the latest, since words change.
    const int LatestPhrasings = 5;

    /// <summary>Failures older than this do not count towards the threshold, and a pattern without a newer one takes no more.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromDays(7);

    public required Guid Id { get; init; }

    public required string WorkspaceId { get; init; }

    public required string AgentId { get; init; }

    /// <summary>In the words of the first failure.</summary>
    public required string TaskDescription { get; init; }

    public required PatternState State { get; init; }

    /// <summary>How many failures are filed here, each episode once.</summary>
    public int FailureCount { get => Failures?.Count ?? field; init; }

    /// <summary>How many of them joined since it last fired.</summary>
    public int NewFailures { get => Failures?.Count(f => f.Attempt == Attempt) ?? field; init; }

    /// <summary>When the latest of them were recorded, oldest first; at most <see cref="MaxThreshold"/>.</summary>
    [JsonConverter(typeof(PackedMoments))]
    public IReadOnlyList<DateTimeOffset> RecentFailures { get => Failures is { } old ? [.. old.Select(f => f.At).TakeLast(MaxThreshold)] : field; init; } = [];

    /// <summary>How the first and the latest few were put, what is alike once: by these the next one is known.</summary>
    public IReadOnlyList<Phrasing> Phrasings { get => Failures is { } old ? PhrasingsOf(old.Select(f => Phrasing.Of(f.Episode.TaskDescription, f.Episode.ErrorTrace))) : field; init; } = [];

    /// <summary>How failures were put that an operator says belong here, the latest few: they do not fade when others come.</summary>
    public IReadOnlyList<Phrasing> Belonging { get; init; } = [];

    /// <summary>How failures were put that an operator took out of here, the latest few: what is put more like these does not come back.</summary>
    public IReadOnlyList<Phrasing> Apart { get; init; } = [];

    /// <summary>The pattern that it became part of.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Guid? MergedInto { get; init; }

    /// <summary>The patterns that became part of it.</summary>
    public IReadOnlyList<Guid> MergedFrom { get; init; } = [];

    /// <summary>Of a pattern that an earlier version wrote last: its failures with all their facts. Read, and dropped when the next one joins.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<Failure>? Failures { get; init; }

    public required DateTimeOffset FirstFailureAt { get; init; }

    public required DateTimeOffset LastFailureAt { get; init; }

    /// <summary>How often it fired.</summary>
    public int Attempt { get; init; }

    /// <summary>When it last fired.</summary>
    public DateTimeOffset LastFiredAt { get; init; }

    /// <summary>After a refusal: not before this moment, unless settings or maturity change.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? NotBefore { get; init; }

    /// <summary>Why it did not fire, or why the last attempt came to nothing.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? LastReason { get; init; }

    /// <summary>The conversation of the loop, set when it first fires.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Guid? ConversationId { get; init; }

    /// <summary>The pattern that a failure begins.</summary>
    public static FailurePattern Begin(Guid id, string workspaceId, Episode failure) => new()
    {
        Id = id,
        WorkspaceId = workspaceId,
        AgentId = failure.AgentId,
        TaskDescription = failure.TaskDescription,
        State = PatternState.Open,
        FailureCount = 1,
        NewFailures = 1,
        RecentFailures = [failure.RecordedAt],
        Phrasings = [Phrasing.Of(failure)],
        FirstFailureAt = failure.RecordedAt,
        LastFailureAt = failure.RecordedAt,
    };

    /// <summary>Whether a failure at this moment may still join.</summary>
    public bool TakesAt(DateTimeOffset at) => State is not (PatternState.Resolved or PatternState.Merged) && (LastFailureAt - at).Duration() <= Window;

    /// <summary>With one more failure, which was not in it before: an episode is recorded once.</summary>
    public FailurePattern Join(Episode failure, Phrasing? known = null)
    {
        var (at, phrasing) = (failure.RecordedAt, known ?? Phrasing.Of(failure));
        return this with
        {
            FailureCount = FailureCount + 1,
            NewFailures = NewFailures + 1,
            RecentFailures = at >= LastFailureAt ? [.. RecentFailures.TakeLast(MaxThreshold - 1), at] : [.. RecentFailures.Append(at).Order().TakeLast(MaxThreshold)],
            Phrasings = Phrasings.Contains(phrasing) ? Phrasings : [Phrasings[0], .. Phrasings.Skip(1).TakeLast(LatestPhrasings - 1), phrasing],
            FirstFailureAt = at < FirstFailureAt ? at : FirstFailureAt,
            LastFailureAt = at > LastFailureAt ? at : LastFailureAt,
            Failures = null,
        };
    }

    /// <summary>Whether it wants to fire: enough failures within the window, at least one of them new since it last fired.</summary>
    public bool IsDue(int threshold, DateTimeOffset now) =>
        (State == PatternState.Open || (State == PatternState.Retry && NewFailures > 0))
        && RecentFailures.Count(at => now - at <= Window) >= threshold
        && (NotBefore is null || now >= NotBefore);

    public FailurePattern Fire(Guid conversationId, DateTimeOffset now) => this with
    {
        State = PatternState.Fired,
        Attempt = Attempt + 1,
        NewFailures = 0,
        LastFiredAt = now,
        NotBefore = null,
        LastReason = null,
        ConversationId = ConversationId ?? conversationId,
    };

    /// <summary>
    /// What the candidate on its way has not been tried on: of these failures, which joined since it fired, those with a known answer. <c>null</c>: none, or no
    /// candidate.
    /// </summary>
    public FailurePatternGrew? Grew(IEnumerable<PatternEpisode> joined)
    {
        var tests = State == PatternState.Generating ? joined.Where(e => e.ExpectedOutputJson is not null).ToList() : [];
        return tests.Count == 0 ? null : new() { WorkspaceId = WorkspaceId, PatternId = Id, Attempt = Attempt, Episodes = tests };
    }

    /// <summary>What it says when it has fired.</summary>
    /// <param name="episodes">The newest <see cref="MaxSaid"/> of its failures, oldest first.</param>
    public FailurePatternDetected Detected(IReadOnlyList<PatternEpisode> episodes) => new()
    {
        PatternId = Id,
        WorkspaceId = WorkspaceId,
        AgentId = AgentId,
        TaskDescription = TaskDescription,
        Attempt = Attempt,
        Episodes = episodes,
        DetectedAt = LastFiredAt,
    };

    /// <summary>Memento's gate or limit refused the attempt: nothing is lost, it waits.</summary>
    public FailurePattern Refused(int attempt, string reason, DateTimeOffset? retryAt) =>
        State == PatternState.Fired && attempt == Attempt
            ? this with { State = PatternState.Open, LastReason = reason, NotBefore = retryAt ?? DateTimeOffset.MaxValue }
            : this;

    public FailurePattern Generating() => State == PatternState.Fired ? this with { State = PatternState.Generating } : this;

    public FailurePattern CameToNothing(string reason) =>
        State is PatternState.Fired or PatternState.Generating ? this with { State = PatternState.Retry, LastReason = reason } : this;

    public FailurePattern Resolve() => State == PatternState.Merged ? this : this with { State = PatternState.Resolved, LastReason = null };

    public FailurePattern Dismiss() => State is PatternState.Resolved or PatternState.Merged ? this : this with { State = PatternState.Dismissed };

    /// <summary>The first and the latest few.</summary>
    internal static IReadOnlyList<Phrasing> PhrasingsOf(IEnumerable<Phrasing> oldestFirst)
    {
        var all = oldestFirst.ToList();
        return [.. all.Take(1).Concat(all.Skip(1).TakeLast(LatestPhrasings)).Distinct()];
    }
}

/// <summary>One failure as patterns of an earlier version kept it.</summary>
/// <param name="Episode">Its facts.</param>
/// <param name="At">When it was recorded.</param>
/// <param name="Attempt">How often the pattern had fired when it joined.</param>
public sealed record Failure(PatternEpisode Episode, DateTimeOffset At, int Attempt = 0);
