using AutoDev.Fitness.Weights;

namespace AutoDev.Fitness.Signals;

/// <summary>A signal as it was reported, kept under the sender's own id, so that it is said once.</summary>
public sealed record RecordedSignal
{
    /// <summary>The sender's id of it.</summary>
    public required string Id { get; init; }

    /// <summary>See <see cref="Scores.SubjectId"/>.</summary>
    public required string Subject { get; init; }

    /// <summary>One of <see cref="SignalWeights.External"/>, or <see cref="SignalWeights.Retraction"/>.</summary>
    public required string Signal { get; init; }

    /// <summary>The amount, where one was given.</summary>
    public double? Value { get; init; }

    /// <summary>As reported; <c>null</c> where the sender did not say.</summary>
    public DateTimeOffset? OccurredAt { get; init; }

    /// <summary>The sender's id of the signal that it corrects.</summary>
    public string? Replaces { get; init; }

    /// <summary>The sender's id of the signal that it takes back.</summary>
    public string? Retracts { get; init; }

    /// <summary>When it came.</summary>
    public required DateTimeOffset RecordedAt { get; init; }

    /// <summary>The name of the key it came with, <c>bus</c> or <c>webhook:{source}</c>.</summary>
    public required string ReportedBy { get; init; }

    /// <summary>Whether the sender says the same again.</summary>
    public bool SaysTheSameAs(RecordedSignal other) =>
        (Id, Subject, Signal, Value, OccurredAt, Replaces, Retracts)
        == (other.Id, other.Subject, other.Signal, other.Value, other.OccurredAt, other.Replaces, other.Retracts);
}
