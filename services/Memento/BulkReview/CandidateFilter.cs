using AutoDev.Memento.Candidates;
using AutoDev.ServiceDefaults.Http;
using Marten;

namespace AutoDev.Memento.BulkReview;

/// <summary>Which of the candidates that wait for a person are meant: all that is given must fit.</summary>
/// <param name="Status">Only <c>validated</c>: nothing else can be decided on.</param>
/// <param name="Agent">The agent that failed.</param>
/// <param name="Pattern">The failure pattern.</param>
/// <param name="Skill">The function's name.</param>
/// <param name="Generator"><c>by-example</c> or a model's name.</param>
/// <param name="CreatedBefore">Made before this moment.</param>
/// <param name="MinHeldOut">Right on at least so many examples that its generator had not seen.</param>
/// <param name="NearDuplicate">Whether the catalog has what is nearly the same.</param>
public sealed record CandidateFilter(
    string? Status = null, string? Agent = null, Guid? Pattern = null, string? Skill = null, string? Generator = null, DateTimeOffset? CreatedBefore = null,
    int? MinHeldOut = null, bool? NearDuplicate = null)
{
    /// <summary>Pure: what is wrong with it, by property; empty for nothing.</summary>
    internal IReadOnlyDictionary<string, string> Faults()
    {
        var faults = new Dictionary<string, string>(StringComparer.Ordinal);
        if (Status is not (null or CandidateStatus.Validated)) faults["filter.status"] = "filter.status can only be validated: nothing else can be decided on.";
        if (MinHeldOut < 0) faults["filter.min_held_out"] = "filter.min_held_out must be 0 or more.";
        foreach (var (name, text) in new[] { ("agent", Agent), ("skill", Skill), ("generator", Generator) })
        {
            if (text?.Contains('\0', StringComparison.Ordinal) == true) faults[$"filter.{name}"] = $"filter.{name} must be text.";
        }

        return faults;
    }

    /// <summary>Those that fit.</summary>
    internal IQueryable<SkillCandidate> Of(IQuerySession session)
    {
        var found = session.Query<SkillCandidate>().Where(c => c.Status == CandidateStatus.Validated);
        if (Agent is not null) found = found.Where(c => c.AgentId == Agent);
        if (Pattern is { } pattern) found = found.Where(c => c.PatternId == pattern);
        if (Skill is not null) found = found.Where(c => c.Analysis.SkillName == Skill);
        if (Generator is not null) found = found.Where(c => c.Generated!.Generator == Generator);
        if (CreatedBefore is { } before && PageRequest.SortKeyOf(before, "") is var until) found = found.Where(c => string.Compare(c.SortKey, until) < 0);
        if (MinHeldOut is { } least) found = found.Where(c => c.Validation!.HeldOutPassed >= least);
        if (NearDuplicate is { } isOne) found = isOne ? found.Where(c => c.NearDuplicates.Any()) : found.Where(c => c.NearDuplicates.IsEmpty());
        return found;
    }
}
