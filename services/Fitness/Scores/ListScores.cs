using AutoDev.Gating;
using AutoDev.ServiceDefaults.Http;
using Marten;

namespace AutoDev.Fitness.Scores;

/// <summary><c>GET /workspaces/{workspace}/scores</c>: newest change first; filters <c>label</c>, <c>status</c>, <c>kind</c>.</summary>
static class ListScores
{
    static readonly string[] Statuses = ["waiting", "pending", "evaluated"];

    public static RouteHandlerBuilder Map(IEndpointRouteBuilder routes) => routes.MapGet("/scores", Handle)
        .WithSummary("Scores, newest change first").Produces<Page<ScoreItem>>().ProducesProblem(400).ProducesProblem(404);

    static async Task<IResult> Handle(
        string workspace, PageRequest page, IQuerySession session, CancellationToken cancellation,
        string? label = null, string? status = null, string? kind = null)
    {
        if (label is not null && !FitnessScore.Labels.Contains(label)) return Problem.Invalid("label", OneOf("label", FitnessScore.Labels));
        if (status is not null && !Statuses.Contains(status)) return Problem.Invalid("status", OneOf("status", Statuses));
        if (kind is not null && !SubjectId.Kinds.Contains(kind)) return Problem.Invalid("kind", OneOf("kind", SubjectId.Kinds));
        if (await session.SettingsAsync(cancellation) is null) return Problem.NotFound($"There is no workspace '{workspace}'.");

        IQueryable<Subject> subjects = session.Query<Subject>();
        if (label is not null) subjects = subjects.Where(s => s.Score.Label == label);
        if (status is not null) subjects = subjects.Where(s => s.Status == status);
        if (kind is not null) subjects = subjects.Where(s => s.Kind == kind);
        var found = await subjects
            .Where(s => s.ScoredAt < page.Before || s.ScoredAt == page.Before && string.Compare(s.Id, page.BeforeId) < 0)
            .OrderByDescending(s => s.ScoredAt).ThenByDescending(s => s.Id)
            .Take(page.Limit + 1)
            .Select(s => new ScoreItem(s.Id, s.Kind, s.Score.Value, s.Score.Label, s.Status, s.Signals.Count, s.ScoredAt))
            .ToListAsync(cancellation);
        return TypedResults.Ok(page.Of(found, s => s.ScoredAt, s => s.Subject, s => s));
    }

    static string OneOf(string name, IEnumerable<string> words) => $"{name} must be one of {string.Join(", ", words)}.";
}

/// <summary>One line of the list.</summary>
public sealed record ScoreItem(string Subject, string Kind, double Score, string Label, string Status, int SignalCount, DateTimeOffset ScoredAt);
