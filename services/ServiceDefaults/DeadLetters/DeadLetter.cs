using System.Text.Json.Serialization;
using AutoDev.ServiceDefaults.Http;
using AutoDev.ServiceDefaults.Persistence;

namespace AutoDev.ServiceDefaults.DeadLetters;

/// <summary>What became of a dead letter.</summary>
public enum DeadLetterState
{
    /// <summary>It waits for a decision.</summary>
    Dead,

    /// <summary>It was sent back to its queue, and has not died again.</summary>
    Replayed,

    /// <summary>Somebody decided that it is not needed.</summary>
    Discarded,
}

/// <summary>What happened to a letter, once.</summary>
/// <param name="At">When.</param>
/// <param name="What">What it was then.</param>
/// <param name="By">Who decided; <c>null</c> for a death.</param>
/// <param name="Reason">Why.</param>
public sealed record LetterEvent(DateTimeOffset At, DeadLetterState What, string? By, string? Reason);

/// <summary>
/// A message that could not be handled, and what was decided about it. One however often the error queue delivers it; one that dies again after its replay is
/// the same one, with another death. Its bytes are in <see cref="LetterContent"/>.
/// </summary>
public sealed record DeadLetter
{
    const int LongestHistory = 50;

    /// <summary>Made of queue, message id and bytes.</summary>
    public required Guid Id { get; init; }

    /// <summary>The queue whose consumer could not handle it; a replay goes there.</summary>
    public required string Queue { get; init; }

    /// <summary>The message's id; made of its bytes where the sender gave none, as the inbox does.</summary>
    public required Guid MessageId { get; init; }

    /// <summary>The type that the envelope names; <c>null</c> for plain JSON and for what cannot be read.</summary>
    public string? MessageType { get; init; }

    /// <summary>The workspace that the body names; <c>null</c> where it names none.</summary>
    public string? WorkspaceId { get; init; }

    /// <summary>The tenant that it is kept for: its workspace, or the one of nobody.</summary>
    public string Tenant => WorkspaceId ?? Workspace.None;

    /// <summary>The audit log's subject for it.</summary>
    [JsonIgnore]
    public string Subject => $"dead-letter:{Id}";

    /// <summary>Why it died last.</summary>
    public required string Reason { get; init; }

    /// <summary>The exception's type, where there was one.</summary>
    public string? ExceptionType { get; init; }

    /// <summary>The exception's stack, where there was one.</summary>
    public string? Stack { get; init; }

    /// <summary>When it failed for the first time.</summary>
    public required DateTimeOffset FirstFailedAt { get; init; }

    /// <summary>When it died last.</summary>
    public required DateTimeOffset DiedAt { get; init; }

    /// <summary>How often it has died: once, and once for each replay that failed.</summary>
    public int Deaths { get; init; } = 1;

    /// <summary>How often it had come back after a delay before it died.</summary>
    public int DelayedRetries { get; init; }

    /// <summary>How often it was replayed.</summary>
    public int Replays { get; init; }

    /// <summary>Size of the message.</summary>
    public int BodyBytes { get; init; }

    /// <summary>What it is now.</summary>
    public DeadLetterState State { get; init; }

    /// <summary>What happened to it, newest last; the last 50.</summary>
    public IReadOnlyList<LetterEvent> History { get; init; } = [];

    /// <summary>Lists are ordered by it.</summary>
    public string SortKey => PageRequest.SortKeyOf(DiedAt, Id.ToString());

    /// <summary>The newest decision; <c>null</c> while there is none.</summary>
    [JsonIgnore]
    public LetterEvent? Decision => History.LastOrDefault(e => e.By is not null);

    /// <summary>
    /// Pure: the letter after a death came out of the error queue; <c>null</c> when the letter tells of that death already. The queue may deliver a death twice, and
    /// a message that was delivered twice may die twice: neither is news about a letter that is dead, nor about one that was decided on later.
    /// </summary>
    public static DeadLetter? After(DeadLetter? known, DeadLetter death)
    {
        var died = new LetterEvent(death.DiedAt, DeadLetterState.Dead, By: null, death.Reason);
        if (known is null) return death with { History = [died] };
        var isNews = known.State switch
        {
            DeadLetterState.Replayed => death.Replays >= known.Replays || death.DiedAt > known.Decision!.At,
            DeadLetterState.Discarded => death.DiedAt > known.Decision!.At,
            _ => false,
        };
        return !isNews ? null : known.With(died) with
        {
            Reason = death.Reason, ExceptionType = death.ExceptionType, Stack = death.Stack, DiedAt = death.DiedAt, DelayedRetries = death.DelayedRetries,
            Deaths = known.Deaths + 1,
        };
    }

    /// <summary>Sent back to its queue; only a dead one is.</summary>
    internal DeadLetter Replay(string by, DateTimeOffset now) => With(new(now, DeadLetterState.Replayed, by, Reason: null)) with { Replays = Replays + 1 };

    /// <summary>Not needed any more; only a dead one is.</summary>
    internal DeadLetter Discard(string by, string reason, DateTimeOffset now) => With(new(now, DeadLetterState.Discarded, by, reason));

    DeadLetter With(LetterEvent happened) => this with { State = happened.What, History = [.. History.TakeLast(LongestHistory - 1), happened] };
}

/// <summary>What of a letter a decision changes, for the audit log; with the queue, so that the entry speaks for itself.</summary>
sealed record LetterAsDecided(string State, int Replays, string Queue)
{
    public static LetterAsDecided Of(DeadLetter letter) => new(letter.State.ToString().ToLowerInvariant(), letter.Replays, letter.Queue);
}

/// <summary>A dead letter's message as it was received: kept apart, since it may be large and lists do not show it.</summary>
public sealed record LetterContent
{
    /// <summary>The letter's.</summary>
    public required Guid Id { get; init; }

    /// <summary>As the sender named it; <c>null</c> where it did not.</summary>
    public string? ContentType { get; init; }

    /// <summary>The sender's correlation id, where it is one.</summary>
    public Guid? CorrelationId { get; init; }

    /// <summary>The sender's headers, values as text.</summary>
    public required IReadOnlyDictionary<string, string> Headers { get; init; }

    /// <summary>The message, byte for byte.</summary>
    public required byte[] Body { get; init; }
}
