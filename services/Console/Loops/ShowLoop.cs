using System.Text.Json;
using AutoDev.OperatorConsole.Activities;
using AutoDev.ServiceDefaults.Http;
using Marten;
using Marten.Linq.MatchesSql;

namespace AutoDev.OperatorConsole.Loops;

/// <summary>
/// <c>GET /api/console/workspaces/{workspace}/loops/{conversation}</c>: one loop across the services, oldest first. The conversation is where it starts;
/// entries that share
/// an episode, a pattern, a candidate, a run or a skill version with it belong to it, since the earlier failures of a pattern had conversations of their own.
/// </summary>
static class ShowLoop
{
    const int MaxEntries = 1000;
    const int MaxRounds = 4;

    public static async Task<IResult> Handle(Guid conversation, IQuerySession session, CancellationToken cancellation)
    {
        var entries = await QueryAsync(session, conversation, cancellation);
        return entries.Count > 0 ? TypedResults.Ok(new LoopShown(conversation, [.. entries.Select(EntryShown.Of)]))
            : Problem.NotFound($"There is no loop '{conversation}'.");
    }

    /// <summary>Oldest first; empty for a conversation nobody has heard of.</summary>
    public static async Task<IReadOnlyList<ActivityEntry>> QueryAsync(IQuerySession session, Guid conversation, CancellationToken cancellation)
    {
        var entries = (await session.Query<ActivityEntry>().Where(e =>
            e.ConversationId == conversation).Take(MaxEntries).ToListAsync(cancellation)).ToDictionary(e => e.Id);
        var asked = new HashSet<string>(StringComparer.Ordinal);
        for (var round = 0; round < MaxRounds && entries.Count < MaxEntries; round++)
        {
            var subjects = Links(entries.Values).Where(asked.Add).ToArray();
            if (subjects.Length == 0) break;
            object wanted = subjects.Select(s => JsonSerializer.Serialize(new { Subjects = new[] { s } })).ToArray();

            // LINQ's own form of this reads every entry; containment goes by the index.
            var more = await session.Query<ActivityEntry>().Where(e => e.MatchesSql("d.data @> any(cast(? as jsonb[]))",
                wanted)).Take(MaxEntries).ToListAsync(cancellation);
            foreach (var entry in more) entries.TryAdd(entry.Id, entry);
        }

        return InOrder(entries.Values);
    }

    /// <summary>Pure: the subjects that lead on.</summary>
    internal static IEnumerable<string> Links(IEnumerable<ActivityEntry> entries) => entries.SelectMany(e => e.Subjects).Distinct(StringComparer.Ordinal);

    /// <summary>Pure: by time; what happened at the same instant in the order of the loop.</summary>
    internal static IReadOnlyList<ActivityEntry> InOrder(IEnumerable<ActivityEntry> entries) =>
        [.. entries.OrderBy(e => e.At).ThenBy(e => Step(e.Message)).ThenBy(e => e.Id, StringComparer.Ordinal)];

    static int Step(string message) => message switch
    {
        "EpisodeFailed" or "EpisodeSucceeded" => 1,
        "FailurePatternDetected" => 2,
        "GateRefused" or "SkillCandidateRefused" => 3,
        "ExperimentStarted" => 4,
        "SkillCandidateProposed" or "SkillCandidateGenerationFailed" or "MutationProposed" => 5,
        "SandboxRunCompleted" => 6,
        "SkillCandidateValidated" or "SkillCandidateValidationFailed" or "MutationCompleted" => 7,
        "ExperimentEnded" => 8,
        "SkillCandidateApproved" or "SkillCandidateRejected" or "MutationApproved" or "MutationRejected" => 9,
        "SkillPublished" or "MutationNotPublished" => 10,
        "SkillVersionConfirmed" or "SkillRolledBack" or "MutationRolledBack" => 11,
        _ => 12,
    };
}

/// <summary>One loop, oldest entry first.</summary>
sealed record LoopShown(Guid Conversation, IReadOnlyList<EntryShown> Entries);
