using AutoDev.Evolver.Mutations;
using AutoDev.ServiceDefaults.Http;
using Marten;

namespace AutoDev.Evolver.BulkReview;

/// <summary>Which of the mutations that wait for a person are meant: all that is given must fit.</summary>
/// <param name="Agent">The agent whose execution showed the need.</param>
/// <param name="Skill">The skill's name.</param>
/// <param name="Mutator"><c>rewrite_rules</c>, <c>language_model</c>, or both with a plus between.</param>
/// <param name="Reason">What became better: <c>execution_time</c>, <c>token_usage</c>, <c>failure</c> or <c>retries</c>.</param>
/// <param name="ProposedBefore">Chosen before this moment.</param>
/// <param name="MinSpeedup">At least so many times as fast, by the lower end of the interval.</param>
/// <param name="Mends">Whether it answers where its parent fails, and so changes an output.</param>
public sealed record MutationFilter(
    string? Agent = null, string? Skill = null, string? Mutator = null, string? Reason = null, DateTimeOffset? ProposedBefore = null, double? MinSpeedup = null,
    bool? Mends = null)
{
    /// <summary>Pure: what is wrong with it, by property; empty for nothing.</summary>
    internal IReadOnlyDictionary<string, string> Faults()
    {
        var faults = new Dictionary<string, string>(StringComparer.Ordinal);
        if (MinSpeedup is { } least && !(least >= 0 && double.IsFinite(least))) faults["filter.min_speedup"] = "filter.min_speedup must be 0 or more.";
        foreach (var (name, text) in new[] { ("agent", Agent), ("skill", Skill), ("mutator", Mutator), ("reason", Reason) })
        {
            if (text?.Contains('\0', StringComparison.Ordinal) == true) faults[$"filter.{name}"] = $"filter.{name} must be text.";
        }

        return faults;
    }

    /// <summary>Those that fit.</summary>
    internal IQueryable<Mutation> Of(IQuerySession session)
    {
        var found = session.Query<Mutation>().Where(m => m.Status == MutationStatus.Passed);
        if (Agent is not null) found = found.Where(m => m.AgentId == Agent);
        if (Skill is not null) found = found.Where(m => m.SkillName == Skill);
        if (Mutator is not null) found = found.Where(m => m.Mutator == Mutator);
        if (Reason is not null) found = found.Where(m => m.Reason == Reason);
        if (ProposedBefore is { } before && PageRequest.SortKeyOf(before, "") is var until) found = found.Where(m => string.Compare(m.SortKey, until) < 0);
        if (MinSpeedup is { } least) found = found.Where(m => m.Speedup!.Low >= least);
        if (Mends is { } mends) found = mends ? found.Where(m => m.Mended > 0) : found.Where(m => m.Mended == 0);
        return found;
    }
}
