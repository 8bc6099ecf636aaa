using System.Globalization;

namespace AutoDev.Fitness.Scores;

/// <summary>One thing that happened to a score, and what it was before and after.</summary>
public sealed record ScoreChange
{
    /// <summary>See <see cref="IdOf"/>.</summary>
    public required string Id { get; init; }

    /// <summary>Whose score.</summary>
    public required string Subject { get; init; }

    /// <summary>The subject's from then on.</summary>
    public required int Revision { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The score before, 0 to 1.</summary>
    public required double Before { get; init; }

    /// <summary>The score after, 0 to 1.</summary>
    public required double Score { get; init; }

    /// <summary>Its label.</summary>
    public required string Label { get; init; }

    /// <summary>Its status.</summary>
    public required string Status { get; init; }

    /// <summary>What moved the sum of the weights: by how much. It may move no further than the score does, which is clamped.</summary>
    public decimal Weight { get; init; }

    /// <summary>The signal; <c>null</c> where it was none, such as other weights.</summary>
    public string? Signal { get; init; }

    /// <summary>Its key.</summary>
    public string? Key { get; init; }

    /// <summary>Its amount, where it has one.</summary>
    public double? Value { get; init; }

    /// <summary>Who said it.</summary>
    public string? By { get; init; }

    /// <summary>Why, in words.</summary>
    public required string Because { get; init; }

    /// <summary>A subject's change; fixed width, so that text order is the order in which they happened.</summary>
    public static string IdOf(string subject, int revision) => string.Create(CultureInfo.InvariantCulture, $"{subject}#{revision:D10}");

    /// <summary>What a signal did.</summary>
    public static ScoreChange OfSignal(Signal signal, Subject before, Subject after, DateTimeOffset now) =>
        Of(before, after, now, signal.By ?? signal.Source, signal.Reason) with { Signal = signal.Name, Key = signal.Key, Value = signal.Value };

    /// <summary>What something else did.</summary>
    public static ScoreChange Of(Subject before, Subject after, DateTimeOffset now, string? by, string because) => new()
    {
        Id = IdOf(after.Id, after.Revision), Subject = after.Id, Revision = after.Revision, At = now, Before = before.Score.Value, Score = after.Score.Value,
        Label = after.Score.Label, Status = after.Status, Weight = after.Sum - before.Sum, By = by, Because = because,
    };
}

/// <summary>What earlier versions kept of a change within the subject.</summary>
public sealed record EarlierChange(DateTimeOffset At, double Score, string Label, string Status, IReadOnlyList<string> Because);

/// <summary>What earlier versions kept of a signal within the subject.</summary>
public sealed record EarlierSignal(
    string Id, string Name, double? Value, string Source, string? Detail, DateTimeOffset OccurredAt, DateTimeOffset CountedAt, decimal Weight, bool IsExternal,
    string Reason);
