using AutoDev.ServiceDefaults.Http;
using Marten;
using Microsoft.AspNetCore.Mvc;

namespace AutoDev.Reflection.Episodes;

/// <summary>Which episodes of a workspace are asked for; what is absent does not count, everything else must hold.</summary>
/// <param name="Q">
/// Words of the task, the error trace or the metadata, as one types them into a search engine: all must be there; "quoted words" stand together, <c>or</c> and
/// <c>-not</c> are understood. At most 500 characters.
/// </param>
/// <param name="Agent">The agent that tried.</param>
/// <param name="Outcome">success, failure or partial.</param>
/// <param name="Pattern">The failure pattern that it became part of.</param>
/// <param name="Skill">A skill that was used.</param>
/// <param name="From">Recorded at this moment or later, RFC 3339.</param>
/// <param name="To">Recorded before this moment, RFC 3339.</param>
/// <param name="HasFeedback">Whether somebody said how good it was.</param>
sealed record EpisodeFilter(
    string? Q = null, string? Agent = null, string? Outcome = null, Guid? Pattern = null, string? Skill = null, DateTimeOffset? From = null, DateTimeOffset? To = null,
    [property: FromQuery(Name = "has_feedback")] bool? HasFeedback = null)
{
    const string Language = "english";
    const int LongestQuery = 500;

    /// <summary>
    /// What is searched. A tsvector holds a megabyte: the trace and the description stay below it at their longest, metadata is read so far only. It is written
    /// as PostgreSQL itself writes it, else the index would look changed, and be made anew, at every start.
    /// </summary>
    internal const string SearchedText =
        "to_tsvector('english'::regconfig, ((((COALESCE((data ->> 'TaskDescription'::text), ''::text) || ' '::text) "
        + "|| COALESCE((data ->> 'ErrorTrace'::text), ''::text)) || ' '::text) || \"left\"(COALESCE((data ->> 'MetadataJson'::text), ''::text), 16384)))";

    /// <summary>What is wrong with it, <c>null</c> for nothing.</summary>
    public async Task<IResult?> FaultAsync(IQuerySession session, CancellationToken cancellation)
    {
        if (Outcome is not null && !TryOutcome(out _)) return Problem.Invalid("outcome", "outcome must be success, failure or partial.");
        if (From >= To) return Problem.Invalid("to", "to must be after from.");
        if (Q is null) return null;
        if (Q.Length > LongestQuery) return Problem.Invalid("q", $"q must be at most {LongestQuery} characters.");

        // "the" is in every text and in no index: without this, no answer would look like no such episode.
        var terms = await session.AdvancedSql.QueryAsync<int>($"select numnode(websearch_to_tsquery('{Language}', ?))", cancellation, Q);
        return terms[0] == 0 ? Problem.Invalid("q", "q has no word that can be searched for: name one that is not as common as 'the'.") : null;
    }

    /// <summary>Narrows the query down.</summary>
    public IQueryable<Episode> Of(IQueryable<Episode> episodes)
    {
        if (Agent is { } agent) episodes = episodes.Where(e => e.AgentId == agent);
        if (Pattern is { } pattern) episodes = episodes.Where(e => e.PatternId == pattern);
        if (TryOutcome(out var outcome)) episodes = episodes.Where(e => e.Outcome == outcome);
        if (Skill is { } skill) episodes = episodes.Where(e => e.SkillsUsed.Contains(skill));
        if (From?.ToUniversalTime() is { } from) episodes = episodes.Where(e => e.RecordedAt >= from);
        if (To?.ToUniversalTime() is { } to) episodes = episodes.Where(e => e.RecordedAt < to);
        if (HasFeedback is true) episodes = episodes.Where(e => e.UserFeedback != null || e.LatestFeedback != null);
        if (HasFeedback is false) episodes = episodes.Where(e => e.UserFeedback == null && e.LatestFeedback == null);
        if (Q is { } words) episodes = episodes.Where(e => e.WebStyleSearch(words, Language));
        return episodes;
    }

    // Enum.TryParse alone takes numbers too.
    bool TryOutcome(out Outcome outcome) => Enum.TryParse(Outcome, ignoreCase: true, out outcome) && Enum.IsDefined(outcome) && !char.IsAsciiDigit(Outcome![0]);
}
