using AutoDev.ServiceDefaults.Http;
using Marten;

namespace AutoDev.Memento.Candidates;

/// <summary>The workspace's candidates, newest first.</summary>
public static class ListCandidates
{
    /// <summary>GET, filtered by <c>status</c>, <c>agent</c> and <c>pattern</c>.</summary>
    public static async Task<IResult> Handle(string? status, string? agent, string? pattern, PageRequest page, IDocumentSession session, CancellationToken cancellation)
    {
        if (status is not null && !CandidateStatus.All.Contains(status, StringComparer.Ordinal))
            return Problem.Invalid("status", $"status must be one of {string.Join(", ", CandidateStatus.All)}.");
        var patternId = Guid.Empty;
        if (pattern is not null && !Guid.TryParse(pattern, out patternId)) return Problem.Invalid("pattern", "pattern must be a pattern's id.");

        var before = PageRequest.SortKeyOf(page.Before, page.BeforeId);
        var found = session.Query<SkillCandidate>().Where(c => string.Compare(c.SortKey, before) < 0);
        if (status is not null) found = found.Where(c => c.Status == status);
        if (agent is not null) found = found.Where(c => c.AgentId == agent);
        if (pattern is not null) found = found.Where(c => c.PatternId == patternId);
        var loaded = await found.OrderByDescending(c => c.SortKey).Take(page.Limit + 1).ToListAsync(cancellation);
        return TypedResults.Ok(page.Of(loaded, c => c.CreatedAt, c => c.Id.ToString(), Summary));
    }

    /// <summary>Pure: as a list shows it.</summary>
    internal static CandidateSummary Summary(SkillCandidate c) => new(
        c.Id, c.Status, c.Analysis.SkillName, c.Generated?.Description, c.AgentId, c.TaskDescription, c.PatternId, c.Attempt, c.Episodes.Count, c.Generated?.Generator,
        c.Validation?.HeldOutPassed, c.Validation?.HeldOutTotal ?? c.Analysis.HeldOut.Count, c.FailureReason, c.Decision?.By, c.PublishedVersion, c.PredecessorId, c.CreatedAt, c.UpdatedAt, c.Origin?.Kind, c.NearDuplicates);
}

/// <summary>A candidate in a list. <paramref name="Origin"/> is what it came as, where it was imported; <paramref name="NearDuplicates"/> are the skills that are nearly the same.</summary>
public sealed record CandidateSummary(
    Guid Id, string Status, string SkillName, string? Description, string AgentId, string TaskDescription, Guid PatternId, int Attempt, int Episodes, string? Generator,
    int? HeldOutPassed, int HeldOutTotal, string? FailureReason, string? DecidedBy, string? PublishedVersion, Guid? PredecessorId, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt,
    string? Origin, IReadOnlyList<string> NearDuplicates);
