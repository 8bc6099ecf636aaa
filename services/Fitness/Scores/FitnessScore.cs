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
    public static FitnessScore None { get; } = Of([], evaluationRequested: false);

    /// <summary>
    /// The score of these signals. Each counts once by its id, in any order; of two that share an id but not their content, the one that happened first
    /// counts. The sum is clamped at the end, so that no signal is lost to the order it came in.
    /// </summary>
    public static FitnessScore Of(IEnumerable<Signal> signals, bool evaluationRequested)
    {
        var counted = signals.GroupBy(s => s.Id, StringComparer.Ordinal)
            .Select(same => same.MinBy(s => (s.OccurredAt, s.Weight, s.IsExternal))!)
            .ToList();
        var value = Math.Clamp(counted.Sum(s => s.Weight), 0m, 1m);
        return new((double)value, LabelOf(value), evaluationRequested || counted.Any(s => s.IsExternal) ? "evaluated" : "pending");
    }

    static string LabelOf(decimal value) => value switch
    {
        >= 0.9m => "excellent",
        >= 0.7m => "good",
        >= 0.5m => "moderate",
        _ => "poor",
    };
}
