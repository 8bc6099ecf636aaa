using System.Text.Json;
using AutoDev.ServiceDefaults.Http;
using Marten;

namespace AutoDev.Reflection.Episodes;

/// <summary>Episodes, newest first.</summary>
static class ListEpisodes
{
    /// <summary>Filters: <c>agent</c>, <c>outcome</c>, <c>pattern</c>.</summary>
    public static async Task<IResult> List(
        PageRequest page, IQuerySession session, CancellationToken cancellation, string? agent = null, string? outcome = null, Guid? pattern = null)
    {
        var query = session.Query<Episode>().Where(e => e.RecordedAt < page.Before || (e.RecordedAt == page.Before && e.Id.CompareTo(page.BeforeId) < 0));
        if (agent is not null) query = query.Where(e => e.AgentId == agent);
        if (pattern is not null) query = query.Where(e => e.PatternId == pattern);
        if (outcome is not null)
        {
            if (!Enum.TryParse<Outcome>(outcome, ignoreCase: true, out var wanted)) return Problem.Invalid("outcome", "outcome must be success, failure or partial.");
            query = query.Where(e => e.Outcome == wanted);
        }

        var loaded = await query.OrderByDescending(e => e.RecordedAt).ThenByDescending(e => e.Id).Take(page.Limit + 1).ToListAsync(cancellation);
        return TypedResults.Ok(page.Of(loaded, e => e.RecordedAt, e => e.Id, EpisodeView.Of));
    }

    public static async Task<IResult> Get(string episode, IQuerySession session, CancellationToken cancellation) =>
        await session.LoadAsync<Episode>(Episode.IdOfRoute(episode), cancellation) is { } found
            ? TypedResults.Ok(EpisodeView.Of(found))
            : Problem.NotFound($"There is no episode '{episode}' in this workspace.");
}

/// <summary>An episode as it is shown: the agent's JSON is JSON again.</summary>
sealed record EpisodeView(
    string EpisodeId, string AgentId, string TaskDescription, Outcome Outcome, DateTimeOffset RecordedAt, string? ErrorTrace,
    IReadOnlyList<string> ToolsAttempted, JsonElement? Input, JsonElement? ExpectedOutput, bool ExpectedOutputKnown, JsonElement? Output, int HumanInterventions,
    double? ConstitutionalScore, double? UserFeedback, IReadOnlyList<string> SkillsUsed, DateTimeOffset? StartedAt, DateTimeOffset? EndedAt,
    JsonElement? Metadata, Guid? PatternId)
{
    public static EpisodeView Of(Episode e) => new(
        e.Id, e.AgentId, e.TaskDescription, e.Outcome, e.RecordedAt, e.ErrorTrace, e.ToolsAttempted, Json(e.InputJson), Json(e.ExpectedOutputJson),
        e.ExpectedOutputJson is not null, Json(e.OutputJson), e.HumanInterventions, e.ConstitutionalScore, e.UserFeedback, e.SkillsUsed, e.StartedAt, e.EndedAt,
        Json(e.MetadataJson), e.PatternId);

    static JsonElement? Json(string? text) => text is null ? null : JsonSerializer.Deserialize<JsonElement>(text);
}
