namespace AutoDev.Fitness.Scores;

/// <summary>One fact about one subject, and what it was counted with.</summary>
public sealed record Signal
{
    /// <summary>A signal counts once by this id. Those from outside are prefixed, so that no sender can take the place of a signal of ours.</summary>
    public required string Id { get; init; }

    /// <summary>Such as <c>invoice_created</c>, see <see cref="SignalWeights"/>.</summary>
    public required string Name { get; init; }

    /// <summary>The amount, for signals that scale with one.</summary>
    public double? Value { get; init; }

    /// <summary><c>memento</c> or <c>external</c>.</summary>
    public required string Source { get; init; }

    /// <summary>Particulars in words, such as who approved it and why.</summary>
    public string? Detail { get; init; }

    /// <summary>When it happened.</summary>
    public required DateTimeOffset OccurredAt { get; init; }

    /// <summary>When it was counted; long after it happened for late ones.</summary>
    public required DateTimeOffset CountedAt { get; init; }

    /// <summary>What it adds to the score.</summary>
    public required decimal Weight { get; init; }

    /// <summary>Whether it is one of the second stage.</summary>
    public bool IsExternal => Source == ExternalSource;

    /// <summary>Why it moves the score, in words.</summary>
    public string Reason => SignalWeights.Meaning(Name) + (Detail is null ? "" : $" ({Detail})");

    internal const string ExternalSource = "external";

    /// <summary>A proxy signal about a candidate; the same fact said twice has the same id.</summary>
    public static Signal OfCandidate(Guid candidate, string name, DateTimeOffset occurredAt, DateTimeOffset now, string? detail = null) => new()
    {
        Id = $"{SubjectId.Candidate(candidate)}/{name}", Name = name, Source = "memento", Detail = detail,
        OccurredAt = occurredAt, CountedAt = now, Weight = SignalWeights.Of(name, null),
    };

    /// <summary>An external signal.</summary>
    public static Signal FromOutside(string id, string name, double? value, DateTimeOffset occurredAt, DateTimeOffset now) => new()
    {
        Id = $"{ExternalSource}:{id}", Name = name, Value = value, Source = ExternalSource,
        OccurredAt = occurredAt, CountedAt = now, Weight = SignalWeights.Of(name, value),
    };
}
