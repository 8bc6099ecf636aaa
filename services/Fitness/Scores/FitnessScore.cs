using AutoDev.Fitness.Weights;

namespace AutoDev.Fitness.Scores;

/// <summary>What a subject is worth: a pure function of the set of its signals.</summary>
/// <param name="Value">0 to 1.</param>
/// <param name="Label"><c>excellent</c>, <c>good</c>, <c>moderate</c> or <c>poor</c>.</param>
/// <param name="Status"><c>pending</c> (external signals may still come) or <c>evaluated</c>.</param>
public sealed record FitnessScore(double Value, string Label, string Status)
{
    /// <summary>The labels, best first.</summary>
    public static IReadOnlyList<string> Labels { get; } = ["excellent", "good", "moderate", "poor"];

    /// <summary>Before anything was heard.</summary>
    public static FitnessScore None { get; } = Of(0, externals: 0, waitingEnded: false);

    /// <summary>
    /// The score of these signals of one subject. Each counts once by its key, in any order; of two that share a key but not their content, the one that
    /// happened first counts. One that any other names as replaced or taken back counts nothing, whichever came first.
    /// </summary>
    public static FitnessScore Of(IReadOnlyCollection<Signal> signals, SignalWeights weights, bool waitingEnded)
    {
        var voided = signals.Select(s => s.VoidedRow).OfType<string>().ToHashSet(StringComparer.Ordinal);
        var counted = signals.Where(s => !s.IsRetraction && !voided.Contains(s.Id)).GroupBy(s => s.Id, StringComparer.Ordinal)
            .Select(same => same.MinBy(s => (s.OccurredAt, weights.Of(s), s.IsExternal))!)
            .ToList();
        return Of(counted.Sum(weights.Of), counted.Count(s => s.IsExternal), waitingEnded);
    }

    /// <summary>The score of what they add up to. The sum is clamped at the end, so that no signal is lost to the order it came in.</summary>
    /// <param name="sum">Of the weights.</param>
    /// <param name="externals">How many of them are external.</param>
    /// <param name="waitingEnded">Nobody waits for external signals any longer.</param>
    public static FitnessScore Of(decimal sum, int externals, bool waitingEnded)
    {
        var value = Math.Clamp(sum, 0m, 1m);
        return new((double)value, LabelOf(value), waitingEnded || externals > 0 ? "evaluated" : "pending");
    }

    static string LabelOf(decimal value) => value switch
    {
        >= 0.9m => "excellent",
        >= 0.7m => "good",
        >= 0.5m => "moderate",
        _ => "poor",
    };
}
