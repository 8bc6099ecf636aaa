using System.Security.Claims;
using AutoDev.Contracts.Reflection;
using AutoDev.Reflection.Patterns;
using AutoDev.Reports;
using AutoDev.ServiceDefaults.Http;
using AutoDev.ServiceDefaults.Persistence;
using AutoDev.ServiceDefaults.Security;
using Marten;
using MassTransit;

namespace AutoDev.Reflection.Episodes;

/// <summary>What somebody said of an episode after it was reported. All of it is kept; the latest word counts.</summary>
public sealed record EpisodeFeedback
{
    /// <summary>The sender's id of it, unique within the workspace, or one made here.</summary>
    public required string Id { get; init; }

    public required string EpisodeId { get; init; }

    /// <summary>-1 to 1.</summary>
    public required double Value { get; init; }

    public string? Comment { get; init; }

    /// <summary>The name of the key it came with.</summary>
    public required string GivenBy { get; init; }

    public required DateTimeOffset GivenAt { get; init; }

    /// <summary>Whether the same is said again.</summary>
    public bool SaysTheSameAs(EpisodeFeedback other) =>
        (EpisodeId, Value, Comment, GivenBy) == (other.EpisodeId, other.Value, other.Comment, other.GivenBy);
}

/// <summary>A verdict on an episode.</summary>
/// <param name="Value">Required, -1 (bad) to 1 (good).</param>
/// <param name="Comment">At most 2,000 characters.</param>
/// <param name="FeedbackId">
/// Idempotency key within the workspace, at most 200 characters. Without one, the caller's last word on the episode said again changes nothing.
/// </param>
public sealed record FeedbackRequest(double? Value, string? Comment = null, string? FeedbackId = null);

/// <summary>A verdict as it was kept; <c>status</c> is recorded, or duplicate where it was known.</summary>
public sealed record FeedbackAnswer(
    string FeedbackId, string EpisodeId, double Value, string? Comment, string GivenBy, DateTimeOffset GivenAt, string Status);

static class GiveFeedback
{
    const int LongestComment = 2000;

    /// <summary>Says how good an episode was.</summary>
    public static async Task<IResult> Post(
        string workspace, string episode, FeedbackRequest body, ClaimsPrincipal caller, IDocumentSession session, IPublishEndpoint bus, TimeProvider clock,
        CancellationToken cancellation)
    {
        var check = new ReportCheck();
        if (body.Value is null) check.Fail<int>("value", "is required.");
        check.Range("value", body.Value, -1, 1);
        if (body.Comment?.Length > LongestComment) check.Fail<int>("comment", $"must be at most {LongestComment} characters.");
        if (body.FeedbackId is not null) check.Id("feedback_id", body.FeedbackId);
        if (check.Errors.Count > 0) return Problem.Invalid(check.Errors);

        if (await session.LoadAsync<Episode>(Episode.IdOfRoute(episode), cancellation) is not { } seen) return ListEpisodes.NotFound(episode);
        await session.LockAsync(DetectPattern.LockOf(seen.AgentId), cancellation); // whoever files the episode stores it too
        if (body.FeedbackId is not null) await session.LockAsync($"feedback/{body.FeedbackId}", cancellation);
        var known = (await session.LoadAsync<Episode>(seen.Id, cancellation))!;
        var given = new EpisodeFeedback
        {
            Id = body.FeedbackId ?? NewId.NextGuid().ToString("N"),
            EpisodeId = known.Id,
            Value = body.Value!.Value,
            Comment = string.IsNullOrWhiteSpace(body.Comment) ? null : ReportCheck.Clean(body.Comment),
            GivenBy = caller.Actor(),
            GivenAt = clock.GetUtcNow(),
        };
        var earlier = body.FeedbackId is not null
            ? await session.LoadAsync<EpisodeFeedback>(given.Id, cancellation)
            : await Newest(session.Query<EpisodeFeedback>().Where(f => f.EpisodeId == known.Id && f.GivenBy == given.GivenBy)).FirstOrDefaultAsync(cancellation);
        if (earlier?.SaysTheSameAs(given) == true) return TypedResults.Ok(Answer(earlier, "duplicate"));
        if (earlier?.Id == given.Id) return Problem.Conflict($"feedback_id '{given.Id}' was used before for a feedback that says something else; a new one needs a new id.");

        session.Insert(given);
        session.Store(known with { LatestFeedback = given.Value });
        await bus.Publish(
            new EpisodeFeedbackGiven
            {
                WorkspaceId = workspace, EpisodeId = known.Id, AgentId = known.AgentId, FeedbackId = given.Id, Value = given.Value, Comment = given.Comment,
                SkillsUsed = known.SkillsUsed, GivenBy = given.GivenBy, GivenAt = given.GivenAt,
            },
            cancellation);
        await session.SaveChangesAsync(cancellation);
        return TypedResults.Created($"/workspaces/{workspace}/episodes/{Uri.EscapeDataString(known.Id)}/feedback", Answer(given, "recorded"));
    }

    /// <summary>All that was said of an episode afterwards, newest first.</summary>
    public static async Task<IResult> List(string episode, PageRequest page, IQuerySession session, CancellationToken cancellation)
    {
        var id = Episode.IdOfRoute(episode);
        if (await session.LoadAsync<Episode>(id, cancellation) is null) return ListEpisodes.NotFound(episode);
        var query = session.Query<EpisodeFeedback>()
            .Where(f => f.EpisodeId == id && (f.GivenAt < page.Before || (f.GivenAt == page.Before && f.Id.CompareTo(page.BeforeId) < 0)));
        var loaded = await Newest(query).Take(page.Limit + 1).ToListAsync(cancellation);
        return TypedResults.Ok(page.Of(loaded, f => f.GivenAt, f => f.Id, f => Answer(f, "recorded")));
    }

    static IQueryable<EpisodeFeedback> Newest(IQueryable<EpisodeFeedback> all) => all.OrderByDescending(f => f.GivenAt).ThenByDescending(f => f.Id);

    static FeedbackAnswer Answer(EpisodeFeedback f, string status) => new(f.Id, f.EpisodeId, f.Value, f.Comment, f.GivenBy, f.GivenAt, status);
}
