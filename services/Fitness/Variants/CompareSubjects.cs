using AutoDev.Fitness.Scores;
using AutoDev.Fitness.Weights;
using AutoDev.Gating;
using AutoDev.ServiceDefaults.Http;
using Marten;

namespace AutoDev.Fitness.Variants;

/// <summary><c>GET /workspaces/{workspace}/compare</c>: two subjects side by side, <c>left</c> and <c>right</c>.</summary>
static class CompareSubjects
{
    public static RouteHandlerBuilder Map(IEndpointRouteBuilder routes) => routes.MapGet("/compare", Handle)
        .WithSummary("Two subjects side by side, with what makes their scores").Produces<ComparisonView>().ProducesProblem(400).ProducesProblem(404)
        .RequireKnownWorkspace();

    static async Task<IResult> Handle(string? left, string? right, IQuerySession session, CancellationToken cancellation)
    {
        if (SubjectId.Parse(left) is not { } leftId) return Problem.Invalid("left", "left must be a subject, such as skill:extract_invoice_id@1.0.0.");
        if (SubjectId.Parse(right) is not { } rightId) return Problem.Invalid("right", "right must be a subject, such as skill:extract_invoice_id@1.0.0.");
        if (await session.LoadAsync<Subject>(leftId, cancellation) is not { } one) return ShowScore.NotFound(leftId);
        if (await session.LoadAsync<Subject>(rightId, cancellation) is not { } other) return ShowScore.NotFound(rightId);

        var (ofLeft, ofRight) = (await ShowAsync(session, one, cancellation), await ShowAsync(session, other, cancellation));
        return TypedResults.Ok(new ComparisonView(ofLeft, ofRight, (double)(other.Sum - one.Sum), ofRight.Score - ofLeft.Score));
    }

    static async Task<ComparedSubject> ShowAsync(IQuerySession session, Subject subject, CancellationToken cancellation)
    {
        var groups = await session.GroupsAsync(subject.Id, await session.WeightsAsync(cancellation), cancellation);
        return new(
            subject.Id, subject.Kind, subject.Skill, subject.Score.Value, subject.Score.Label, subject.Status, (double)subject.Sum,
            [.. groups.Select(g => new ComparedPart(g.Name, g.IsExternal ? "external" : "proxy", g.Count, (double)g.Weight))], subject.Efficiency,
            subject.Kind == "skill" ? await LiveAsync(session, SubjectId.VersionOf(subject.Id), cancellation) : null);
    }

    static async Task<LiveFigures?> LiveAsync(IQuerySession session, (string Skill, string Version) of, CancellationToken cancellation) =>
        (await LiveFigures.OfSkillAsync(session, of.Skill, cancellation)).GetValueOrDefault(of.Version);
}

/// <summary>Two subjects. The differences are right minus left: of the sums of weights, and of the scores.</summary>
public sealed record ComparisonView(ComparedSubject Left, ComparedSubject Right, double UnclampedDifference, double ScoreDifference);

/// <summary>A subject: its score, the parts that add up to <c>unclamped</c>, and apart from it its efficiency and how it does where it is used.</summary>
public sealed record ComparedSubject(
    string Subject, string Kind, string? Skill, double Score, string Label, string Status, double Unclamped, IReadOnlyList<ComparedPart> Parts,
    Efficiency? Efficiency, LiveFigures? Live);

/// <summary>All signals of one name: how many count, and what they add together.</summary>
public sealed record ComparedPart(string Signal, string Stage, int Count, double Weight);
