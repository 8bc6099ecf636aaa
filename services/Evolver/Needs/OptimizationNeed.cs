using AutoDev.Contracts.Reflection;
using AutoDev.Evolver.Experiments;

namespace AutoDev.Evolver.Needs;

/// <summary>
/// Executions of one agent on one UTC day that show that a version of a skill should become better, with what came of that.
/// </summary>
public sealed record OptimizationNeed
{
    /// <summary>Decided by what it is about: profile, agent, what came of it and day.</summary>
    public required string Id { get; init; }

    /// <summary><c>{skill}@{version}</c>.</summary>
    public required string ProfileId { get; init; }

    /// <summary>The agent whose execution showed it.</summary>
    public required string AgentId { get; init; }

    /// <summary>The UTC day, <c>yyyy-MM-dd</c>.</summary>
    public required string Day { get; init; }

    /// <summary>How many executions showed each reason, see <see cref="ReasonsOf"/>.</summary>
    public required IReadOnlyDictionary<string, int> Reasons { get; init; }

    /// <summary>See <see cref="Beginning.Outcome"/>; <c>no_mutator_installed</c> in what earlier versions kept.</summary>
    public required string Outcome { get; init; }

    /// <summary>The gate's word, such as <c>maturity_too_low</c>; <c>null</c> where it allowed.</summary>
    public string? RefusedBecause { get; init; }

    /// <summary>The outcome in words.</summary>
    public required string Detail { get; init; }

    /// <summary>The experiment that it began, or was counted to.</summary>
    public Guid? ExperimentId { get; init; }

    /// <summary>Executions so far.</summary>
    public required int Executions { get; init; }

    /// <summary>The newest of them.</summary>
    public required string LastExecutionId { get; init; }

    /// <summary>When the first was seen.</summary>
    public required DateTimeOffset FirstAt { get; init; }

    /// <summary>When the newest was seen.</summary>
    public required DateTimeOffset LastAt { get; init; }

    const double TooSlowSeconds = 5.0;
    const int TooManyTokens = 5000;
    static readonly string[] MostUrgentFirst = ["failure", "retries", "execution_time", "token_usage"];

    /// <summary>What an execution shows: <c>execution_time</c>, <c>token_usage</c>, <c>failure</c>, <c>retries</c>; empty where all is well.</summary>
    public static IReadOnlyList<string> ReasonsOf(SkillExecuted execution)
    {
        var reasons = new List<string>();
        if (execution.ExecutionSeconds > TooSlowSeconds) reasons.Add("execution_time");
        if (execution.TokenUsage > TooManyTokens) reasons.Add("token_usage");
        if (!execution.Success) reasons.Add("failure");
        if (execution.Retries > 0) reasons.Add("retries");
        return reasons;
    }

    /// <summary>The one reason for which an experiment is held, where there are several: what fails must answer before it is worth making faster.</summary>
    public static string MainReason(IReadOnlyList<string> reasons) =>
        MostUrgentFirst.First(reason => reasons.Contains(reason, StringComparer.Ordinal));

    /// <summary>The id of the need that an execution belongs to.</summary>
    public static string IdOf(string profile, string agent, Beginning answer, DateTimeOffset now) =>
        $"{profile}/{answer.Refused?.Reason ?? answer.Outcome}/{now.UtcDateTime:yyyy-MM-dd}/{agent}";

    /// <summary>The need with one more execution; a new one where <paramref name="known"/> is <c>null</c>.</summary>
    public static OptimizationNeed Add(
        OptimizationNeed? known, string profile, SkillExecuted execution, IReadOnlyList<string> reasons, Beginning answer, DateTimeOffset now)
    {
        var counts = new SortedDictionary<string, int>(known?.Reasons.ToDictionary() ?? [], StringComparer.Ordinal);
        foreach (var reason in reasons) counts[reason] = counts.GetValueOrDefault(reason) + 1;
        return new()
        {
            Id = IdOf(profile, execution.AgentId, answer, now), ProfileId = profile, AgentId = execution.AgentId, Day = $"{now.UtcDateTime:yyyy-MM-dd}",
            Reasons = counts, Executions = (known?.Executions ?? 0) + 1, LastExecutionId = execution.ExecutionId, FirstAt = known?.FirstAt ?? now, LastAt = now,
            Outcome = answer.Outcome, RefusedBecause = answer.Refused?.Reason, Detail = answer.Detail, ExperimentId = answer.ExperimentId,
        };
    }
}
