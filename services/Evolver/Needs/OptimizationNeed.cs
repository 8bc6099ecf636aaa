using AutoDev.Contracts.Reflection;
using AutoDev.Gating;

namespace AutoDev.Evolver.Needs;

/// <summary>
/// Executions of one agent on one UTC day that show that a version of a skill should become better, with what the gate said to that.
/// A need that is allowed waits: no mutator is installed, and nothing is made up in its place.
/// </summary>
public sealed record OptimizationNeed
{
    /// <summary>Decided by what it is about: profile, agent, decision and day.</summary>
    public required string Id { get; init; }

    /// <summary><c>{skill}@{version}</c>.</summary>
    public required string ProfileId { get; init; }

    /// <summary>The agent whose execution showed it.</summary>
    public required string AgentId { get; init; }

    /// <summary>The UTC day, <c>yyyy-MM-dd</c>.</summary>
    public required string Day { get; init; }

    /// <summary>How many executions showed each reason, see <see cref="ReasonsOf"/>.</summary>
    public required IReadOnlyDictionary<string, int> Reasons { get; init; }

    /// <summary><c>no_mutator_installed</c>, or <c>refused</c>.</summary>
    public required string Outcome { get; init; }

    /// <summary>The gate's word, such as <c>maturity_too_low</c>; <c>null</c> where it allowed.</summary>
    public string? RefusedBecause { get; init; }

    /// <summary>The outcome in words.</summary>
    public required string Detail { get; init; }

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

    /// <summary>The id of the need that an execution belongs to.</summary>
    public static string IdOf(string profile, string agent, GateDecision decision, DateTimeOffset now) =>
        $"{profile}/{decision.Reason ?? "allowed"}/{now.UtcDateTime:yyyy-MM-dd}/{agent}";

    /// <summary>The need with one more execution; a new one where <paramref name="known"/> is <c>null</c>.</summary>
    public static OptimizationNeed Add(
        OptimizationNeed? known, string profile, SkillExecuted execution, IReadOnlyList<string> reasons, GateDecision decision, DateTimeOffset now)
    {
        var counts = new SortedDictionary<string, int>(known?.Reasons.ToDictionary() ?? [], StringComparer.Ordinal);
        foreach (var reason in reasons) counts[reason] = counts.GetValueOrDefault(reason) + 1;
        return new()
        {
            Id = IdOf(profile, execution.AgentId, decision, now), ProfileId = profile, AgentId = execution.AgentId, Day = $"{now.UtcDateTime:yyyy-MM-dd}",
            Reasons = counts, Executions = (known?.Executions ?? 0) + 1, LastExecutionId = execution.ExecutionId, FirstAt = known?.FirstAt ?? now, LastAt = now,
            Outcome = decision.IsAllowed ? "no_mutator_installed" : "refused", RefusedBecause = decision.Reason,
            Detail = decision.IsAllowed ? "The gate allows it, but no mutator is installed: the need is kept, and nothing was changed." : decision.Detail,
        };
    }
}
