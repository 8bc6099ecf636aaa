using AutoDev.Fitness.Scores;
using AutoDev.Gating;
using AutoDev.ServiceDefaults.Http;
using Marten;

namespace AutoDev.Fitness.Weights;

/// <summary><c>POST /workspaces/{workspace}/weights/preview</c>: what other weights would make of the scores that changed last. Nothing is stored or said.</summary>
static class PreviewWeights
{
    /// <summary>Each is counted anew from its signals.</summary>
    const int Most = 100;

    public static RouteHandlerBuilder Map(IEndpointRouteBuilder routes) => routes.MapPost("/weights/preview", Handle)
        .WithSummary("What other weights would make of the scores that changed last").Produces<WeightsPreview>().ProducesProblem(400).RequireKnownWorkspace();

    static async Task<IResult> Handle(WeightsRequest request, IQuerySession session, TimeProvider clock, CancellationToken cancellation)
    {
        if (SetWeights.Faults(request) is { Count: > 0 } faults) return Problem.Invalid(faults);
        var after = SetWeights.Decide(await session.WeightsAsync(cancellation), request, "preview", clock.GetUtcNow());
        var subjects = await session.Query<Subject>().Where(s => s.IsKnown).OrderByDescending(s => s.ScoredAt).Take(Most).ToListAsync(cancellation);
        var effects = new List<WeightEffect>();
        foreach (var subject in subjects) effects.Add(Decide(subject, (await session.GroupsAsync(subject.Id, after, cancellation)).Sum(g => g.Weight)));
        return TypedResults.Ok(new WeightsPreview(
            subjects.Count, await session.Query<Subject>().CountAsync(s => s.IsKnown, cancellation),
            [.. effects.Where(e => e.Before != e.After).OrderByDescending(e => Math.Abs(e.After - e.Before)).ThenBy(e => e.Subject, StringComparer.Ordinal)]));
    }

    /// <summary>Pure: a subject's score with its signals adding up to this.</summary>
    internal static WeightEffect Decide(Subject subject, decimal sum)
    {
        var score = FitnessScore.Of(sum, subject.ExternalCount, waitingEnded: subject.Status == "evaluated");
        return new(subject.Id, subject.Kind, subject.Score.Value, score.Value, subject.Score.Label, score.Label);
    }
}

/// <summary>What other weights would do.</summary>
/// <param name="Looked">How many scores were looked at: those that changed last, 100 at most.</param>
/// <param name="Total">How many there are.</param>
/// <param name="Changes">Those of them that would be another, the largest change first.</param>
public sealed record WeightsPreview(int Looked, int Total, IReadOnlyList<WeightEffect> Changes);

/// <summary>One score as it is, and as it would be.</summary>
public sealed record WeightEffect(string Subject, string Kind, double Before, double After, string LabelBefore, string LabelAfter);
