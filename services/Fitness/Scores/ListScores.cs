using AutoDev.Gating;
using AutoDev.ServiceDefaults.Http;
using Marten;

namespace AutoDev.Fitness.Scores;

/// <summary><c>GET /workspaces/{workspace}/scores</c>: newest change first; filters <c>label</c>, <c>status</c>, <c>kind</c>, <c>skill</c>.</summary>
static class ListScores
{
    static readonly string[] Statuses = ["waiting", "pending", "evaluated"];

    public static RouteHandlerBuilder Map(IEndpointRouteBuilder routes) => routes.MapGet("/scores", Handle)
        .WithSummary("Scores, newest change first").Produces<Page<ScoreItem>>().ProducesProblem(400).RequireKnownWorkspace();

    static async Task<IResult> Handle(
        PageRequest page, IQuerySession session, CancellationToken cancellation,
        string? label = null, string? status = null, string? kind = null, string? skill = null)
    {
        if (label is not null && !FitnessScore.Labels.Contains(label)) return Problem.Invalid("label", OneOf("label", FitnessScore.Labels));
        if (status is not null && !Statuses.Contains(status)) return Problem.Invalid("status", OneOf("status", Statuses));
        if (kind is not null && !SubjectId.Kinds.Contains(kind)) return Problem.Invalid("kind", OneOf("kind", SubjectId.Kinds));

        IQueryable<Subject> subjects = session.Query<Subject>();
        if (label is not null) subjects = subjects.Where(s => s.Score.Label == label);
        if (status is not null) subjects = subjects.Where(s => s.Status == status);
        if (kind is not null) subjects = subjects.Where(s => s.Kind == kind);
        if (skill is not null) subjects = subjects.Where(s => s.Skill == skill);
        var found = await subjects
            .Where(s => s.ScoredAt < page.Before || s.ScoredAt == page.Before && string.Compare(s.Id, page.BeforeId) < 0)
            .OrderByDescending(s => s.ScoredAt).ThenByDescending(s => s.Id)
            .Take(page.Limit + 1)
            .Select(s => new ScoreItem(s.Id, s.Kind, s.Skill, s.Score.Value, s.Score.Label, s.Status, s.SignalCount, s.ScoredAt))
            .ToListAsync(cancellation);
        return TypedResults.Ok(page.Of(found, s => s.ScoredAt, s => s.Subject, s => s));
    }

    static string OneOf(string name, IEnumerable<string> words) => $"{name} must be one of {string.Join(", ", words)}.";
}

/// <summary>One line of the list. The skill is that of a version, of a mutation, and of a candidate that became one.</summary>
public sealed record ScoreItem(
    string Subject, string Kind, string? Skill, double Score, string Label, string Status, int SignalCount, DateTimeOffset ScoredAt);
