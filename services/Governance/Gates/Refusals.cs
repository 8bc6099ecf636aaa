using AutoDev.Contracts.Governance;

namespace AutoDev.Governance.Gates;

/// <summary>How often one agent was refused one capability for one reason, and the last times. However many refusals there are, this stays as small.</summary>
public sealed record Refusals
{
    const int Kept = 20;

    /// <summary><c>{capability}/{reason}/{agent}</c>.</summary>
    public required string Id { get; init; }

    /// <summary>The agent.</summary>
    public required string AgentId { get; init; }

    /// <summary>What it was refused.</summary>
    public required string Capability { get; init; }

    /// <summary>See <see cref="GateRefused.Reason"/>.</summary>
    public required string Reason { get; init; }

    /// <summary>How often.</summary>
    public int Count { get; init; }

    /// <summary>The first time.</summary>
    public DateTimeOffset FirstAt { get; init; }

    /// <summary>The last time.</summary>
    public DateTimeOffset LastAt { get; init; }

    /// <summary>The last 20, newest first.</summary>
    public IReadOnlyList<Refusal> Recent { get; init; } = [];

    /// <summary>Where a refusal is kept.</summary>
    public static string IdOf(GateRefused said) => IdOf(said.Capability, said.Reason, said.AgentId);

    /// <summary>The same from its parts.</summary>
    public static string IdOf(string capability, string reason, string agent) => $"{capability}/{reason}/{agent}";

    /// <summary>
    /// Pure: with one refusal more, in whatever order they are heard. The same subject refused at the same moment is the same refusal; that is
    /// known of the recent ones.
    /// </summary>
    public static Refusals After(Refusals? known, GateRefused said)
    {
        known ??= new() { Id = IdOf(said), AgentId = said.AgentId, Capability = said.Capability, Reason = said.Reason };
        var refusal = new Refusal(said.Subject, said.Detail, ToMicroseconds(said.RefusedAt));
        if (known.Recent.Any(r => r.Subject == refusal.Subject && r.At == refusal.At)) return known;
        return known with
        {
            Count = known.Count + 1,
            FirstAt = known.Count == 0 || refusal.At < known.FirstAt ? refusal.At : known.FirstAt,
            LastAt = refusal.At > known.LastAt ? refusal.At : known.LastAt,
            Recent = [.. known.Recent.Append(refusal).OrderByDescending(r => r.At).Take(Kept)],
        };
    }

    // PostgreSQL's precision: the list's cursor compares times for equality.
    static DateTimeOffset ToMicroseconds(DateTimeOffset time) => new(time.UtcTicks - (time.UtcTicks % TimeSpan.TicksPerMicrosecond), TimeSpan.Zero);
}

/// <summary>One refusal.</summary>
/// <param name="Subject">What was refused, such as <c>pattern:{id}</c>.</param>
/// <param name="Detail">The reason in words, with the figures.</param>
/// <param name="At">When.</param>
public sealed record Refusal(string Subject, string Detail, DateTimeOffset At);
