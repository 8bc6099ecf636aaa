using System.Text.Json.Serialization;
using AutoDev.Contracts.Fitness;
using AutoDev.Fitness.Weights;

namespace AutoDev.Fitness.Scores;

/// <summary>One fact about one subject. What it adds to the score is not in it: that is the workspace's to say, and may change.</summary>
public sealed record Signal
{
    /// <summary>The row's: <c>{subject}/{key}</c>.</summary>
    public required string Id { get; init; }

    /// <summary>See <see cref="SubjectId"/>.</summary>
    public required string Subject { get; init; }

    /// <summary>A signal counts once by this. Those from outside are prefixed, so that no sender can take the place of a signal of ours.</summary>
    public required string Key { get; init; }

    /// <summary>Such as <c>invoice_created</c>, see <see cref="SignalWeights"/>.</summary>
    public required string Name { get; init; }

    /// <summary>The amount as it was reported, for signals that scale with one.</summary>
    public double? Value { get; init; }

    /// <summary>See <see cref="SignalWeights.AmountOf"/>.</summary>
    public decimal? Amount { get; init; }

    /// <summary><c>memento</c>, <c>evolver</c> or <c>external</c>.</summary>
    public required string Source { get; init; }

    /// <summary>Who said it: a person, a key, <c>bus</c>, <c>webhook:{source}</c>.</summary>
    public string? By { get; init; }

    /// <summary>Particulars in words, such as who approved it and why.</summary>
    public string? Detail { get; init; }

    /// <summary>When it happened.</summary>
    public required DateTimeOffset OccurredAt { get; init; }

    /// <summary>When it was counted; long after it happened for late ones.</summary>
    public DateTimeOffset CountedAt { get; init; }

    /// <summary>The subject's revision that it made: the order in which signals were counted.</summary>
    public int Number { get; init; }

    /// <summary>Its subject and number, by which it is found and listed.</summary>
    public string Place => ScoreChange.IdOf(Subject, Number);

    /// <summary>The key of the signal that this one replaces or takes back.</summary>
    public string? Voids { get; init; }

    /// <summary>The key of the signal that replaced this one or took it back, where one did: then it adds nothing.</summary>
    public string? VoidedBy { get; init; }

    /// <summary>The row that <see cref="Voids"/> means, whether it came yet or not.</summary>
    public string? VoidedRow => Voids is null ? null : IdOf(Subject, Voids);

    /// <summary>Whether it is one of the second stage.</summary>
    [JsonIgnore]
    public bool IsExternal => Source == ExternalSource;

    /// <summary>Whether it only takes another back.</summary>
    [JsonIgnore]
    public bool IsRetraction => Name == SignalWeights.Retraction;

    /// <summary>Why it moves the score, in words.</summary>
    [JsonIgnore]
    public string Reason => SignalWeights.Meaning(Name) + (Detail is null ? "" : $" ({Detail})");

    internal const string ExternalSource = "external";

    /// <summary>A proxy signal about a candidate; the same fact said twice has the same key.</summary>
    public static Signal OfCandidate(Guid candidate, string name, DateTimeOffset occurredAt, string? detail = null, string? by = null) =>
        Ours(SubjectId.Candidate(candidate), "memento", name, occurredAt, detail, by);

    /// <summary>A proxy signal about a mutation.</summary>
    public static Signal OfMutation(Guid mutation, string name, DateTimeOffset occurredAt, string? detail = null, string? by = null) =>
        Ours(SubjectId.Mutation(mutation), "evolver", name, occurredAt, detail, by);

    /// <summary>An external signal, or the retraction of one.</summary>
    public static Signal FromOutside(FitnessSignalReceived said)
    {
        var (key, voids) = ($"{ExternalSource}:{said.SignalId}", said.Retracts ?? said.Replaces);
        return new()
        {
            Id = IdOf(said.Subject, key), Subject = said.Subject, Key = key, Name = said.Signal, Value = said.Value,
            Amount = SignalWeights.AmountOf(said.Signal, said.Value), Source = ExternalSource, By = said.ReportedBy, OccurredAt = said.OccurredAt,
            Voids = voids is null ? null : $"{ExternalSource}:{voids}",
            Detail = voids is null ? null : $"{(said.Retracts is null ? "replaces" : "takes back")} {voids}",
        };
    }

    /// <summary>The same signal for another subject, which was made from this one.</summary>
    public Signal For(string subject) => this with { Id = IdOf(subject, Key), Subject = subject, VoidedBy = null };

    static Signal Ours(string subject, string source, string name, DateTimeOffset occurredAt, string? detail, string? by)
    {
        var key = $"{subject}/{name}";
        return new()
        {
            Id = IdOf(subject, key), Subject = subject, Key = key, Name = name, Source = source, Detail = detail, By = by, OccurredAt = occurredAt,
        };
    }

    static string IdOf(string subject, string key) => $"{subject}/{key}";
}
