using AutoDev.Gating.Spend;
using AutoDev.Memento.Catalog;
using AutoDev.Memento.NearDuplicates;
using Marten;

namespace AutoDev.Memento.Candidates;

/// <summary>What a reviewer must know beside the candidate itself.</summary>
/// <param name="Replaced">The version that agents have under its name now; <c>null</c> where there is none, or where it was published itself.</param>
/// <param name="ReplacedTask">What that was learned for.</param>
/// <param name="Versions">The numbers that are taken under its name.</param>
/// <param name="Duplicates">The search for what is nearly the same; <c>null</c> until it was validated.</param>
/// <param name="Calls">The calls of language models that were made for it, in all its tries.</param>
/// <param name="Predecessors">The candidates that it tries to do better than, the last first.</param>
sealed record CandidateSurroundings(
    SkillVersion? Replaced, string? ReplacedTask, IReadOnlyList<string> Versions, DuplicateSearch? Duplicates, IReadOnlyList<SpendEntry> Calls,
    IReadOnlyList<SkillCandidate> Predecessors)
{
    const int MostPredecessors = 10;

    public static async Task<CandidateSurroundings> LoadAsync(SkillCandidate candidate, IQuerySession session, CancellationToken cancellation)
    {
        var skill = candidate.PublishedVersion is null ? await session.LoadAsync<Skill>(candidate.Analysis.SkillName, cancellation) : null;
        var replaced = skill is null ? null : await session.LoadAsync<SkillVersion>(SkillVersion.IdOf(skill.Name, skill.CurrentVersion), cancellation);
        var duplicates = await session.LoadAsync<DuplicateSearch>(CandidateId.DuplicatesOf(candidate.Id), cancellation);
        var subject = $"candidate:{candidate.Id}";
        var calls = await session.Query<SpendEntry>().Where(e => e.Subject == subject).ToListAsync(cancellation);

        var predecessors = new List<SkillCandidate>();
        for (var id = candidate.PredecessorId; id is { } known && predecessors.Count < MostPredecessors; id = predecessors[^1].PredecessorId)
        {
            if (await session.LoadAsync<SkillCandidate>(known, cancellation) is not { } predecessor) break;
            predecessors.Add(predecessor);
        }

        return new(replaced, skill?.TaskDescription, [.. (skill?.Versions ?? []).Select(v => v.Version)], duplicates, calls, predecessors);
    }
}
