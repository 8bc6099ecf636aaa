using AutoDev.OperatorConsole.Backends;
using AutoDev.OperatorConsole.Review;

namespace AutoDev.OperatorConsole.Experiments;

/// <summary>An experiment as a person reads it. Pure.</summary>
static class ExperimentWords
{
    /// <summary>Who began it, where that was a rule.</summary>
    public static string StartedBy(string by) => by switch
    {
        "system:trigger" => "an execution that showed the need",
        "system:background" => "the background evolution",
        _ => by,
    };

    /// <summary>The stages that it has gone through, in order, and the one that it is in.</summary>
    public static IReadOnlyList<(string Name, bool IsNow)> Stages(ExperimentShown e)
    {
        var gone = e.Steps.OrderBy(s => s.At).Select(s => s.Stage).Append(e.Stage).Where(s => s.Length > 0).Distinct(StringComparer.Ordinal);
        return [.. gone.Select(s => (Evidence.Title(s), e.IsOpen && s == e.Stage))];
    }

    /// <summary>What of the budget is used.</summary>
    public static string Used(BudgetShown? spent, BudgetShown? budget) => string.Join(", ", new[]
    {
        Part(spent?.Runs, budget?.Runs, "runs"), Part(spent?.Seconds, budget?.Seconds, "seconds"), Part(spent?.Tokens, budget?.Tokens, "tokens"),
    }.OfType<string>());

    static string? Part(double? spent, double? budget, string what) => budget is { } most
        ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{spent ?? 0:0.#} of {most:0.#} {what}")
        : null;
}
