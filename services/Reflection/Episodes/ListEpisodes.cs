using System.Text.Json;
using AutoDev.Reflection.Patterns;
using AutoDev.ServiceDefaults.Http;
using Marten;

namespace AutoDev.Reflection.Episodes;

/// <summary>Episodes, newest first, also where they are searched for: pages stay right while episodes are added.</summary>
static class ListEpisodes
{
    public static async Task<IResult> List(PageRequest page, [AsParameters] EpisodeFilter filter, IQuerySession session, CancellationToken cancellation)
    {
        if (await filter.FaultAsync(session, cancellation) is { } fault) return fault;
        var query = session.Query<Episode>().Where(e => e.RecordedAt < page.Before || (e.RecordedAt == page.Before && e.Id.CompareTo(page.BeforeId) < 0));
        var loaded = await filter.Of(query).OrderByDescending(e => e.RecordedAt).ThenByDescending(e => e.Id).Take(page.Limit + 1).ToListAsync(cancellation);
        return TypedResults.Ok(page.Of(loaded, e => e.RecordedAt, e => e.Id, e => EpisodeView.Of(e)));
    }

    /// <summary>One episode, with the candidates and skills that it led to.</summary>
    public static async Task<IResult> Get(string episode, IQuerySession session, CancellationToken cancellation)
    {
        if (await session.LoadAsync<Episode>(Episode.IdOfRoute(episode), cancellation) is not { } found) return NotFound(episode);
        return TypedResults.Ok(EpisodeView.Of(found) with { Candidates = await LearnedCandidate.OfEpisodeAsync(found.Id, session, cancellation) });
    }

    internal static IResult NotFound(string episode) => Problem.NotFound($"There is no episode '{episode}' in this workspace.");
}

/// <summary>An episode as it is shown: the agent's JSON is JSON again.</summary>
/// <param name="EpisodeId">The agent's own id.</param>
/// <param name="AgentId">The agent that tried.</param>
/// <param name="TaskDescription">What was tried.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="RecordedAt">When it came.</param>
/// <param name="ErrorTrace">The error and its trace.</param>
/// <param name="ToolsAttempted">Names, in order.</param>
/// <param name="Input">The arguments by name.</param>
/// <param name="ExpectedOutput">The right answer.</param>
/// <param name="ExpectedOutputKnown">Tells the answer <c>null</c> from no answer.</param>
/// <param name="Output">What the agent answered.</param>
/// <param name="HumanInterventions">How often a person stepped in.</param>
/// <param name="ConstitutionalScore">0 to 1.</param>
/// <param name="UserFeedback">-1 to 1: the latest word, be it in the report or given later.</param>
/// <param name="SkillsUsed">Names.</param>
/// <param name="StartedAt">As reported.</param>
/// <param name="EndedAt">As reported.</param>
/// <param name="Metadata">The agent's own.</param>
/// <param name="PatternId">The failure pattern that it became part of.</param>
/// <param name="Candidates">The skill candidates that it led to, newest first; only where one episode is asked for.</param>
sealed record EpisodeView(
    string EpisodeId, string AgentId, string TaskDescription, Outcome Outcome, DateTimeOffset RecordedAt, string? ErrorTrace,
    IReadOnlyList<string> ToolsAttempted, JsonElement? Input, JsonElement? ExpectedOutput, bool ExpectedOutputKnown, JsonElement? Output, int HumanInterventions,
    double? ConstitutionalScore, double? UserFeedback, IReadOnlyList<string> SkillsUsed, DateTimeOffset? StartedAt, DateTimeOffset? EndedAt,
    JsonElement? Metadata, Guid? PatternId, IReadOnlyList<CandidateView>? Candidates = null)
{
    public static EpisodeView Of(Episode e) => new(
        e.Id, e.AgentId, e.TaskDescription, e.Outcome, e.RecordedAt, e.ErrorTrace, e.ToolsAttempted, Json(e.InputJson), Json(e.ExpectedOutputJson),
        e.ExpectedOutputJson is not null, Json(e.OutputJson), e.HumanInterventions, e.ConstitutionalScore, e.LatestFeedback ?? e.UserFeedback, e.SkillsUsed,
        e.StartedAt, e.EndedAt, Json(e.MetadataJson), e.PatternId);

    static JsonElement? Json(string? text) => text is null ? null : JsonSerializer.Deserialize<JsonElement>(text);
}
