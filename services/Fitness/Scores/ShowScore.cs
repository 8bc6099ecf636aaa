using AutoDev.Gating;
using AutoDev.ServiceDefaults.Http;
using Marten;

namespace AutoDev.Fitness.Scores;

/// <summary><c>GET /workspaces/{workspace}/scores/{subject}</c>: a score with its parts, their reasons and its history.</summary>
static class ShowScore
{
    public static RouteHandlerBuilder Map(IEndpointRouteBuilder routes) => routes.MapGet("/scores/{subject}", Handle)
        .WithSummary("One score with its parts, reasons and history").Produces<ScoreView>().ProducesProblem(404).RequireKnownWorkspace();

    static async Task<IResult> Handle(string subject, IQuerySession session, CancellationToken cancellation)
    {
        return SubjectId.Parse(subject) is { } id && await session.LoadAsync<Subject>(id, cancellation) is { } known
            ? TypedResults.Ok(ScoreView.Of(known))
            : Problem.NotFound($"Nothing was heard of '{subject}'. Subjects are candidate:{{id}}, mutation:{{id}} or skill:{{name}}@{{version}}.");
    }
}

/// <summary>
/// A score as it is shown. Parts are its signals in the order they were counted; their weights add up to <c>unclamped</c>, which clamped to 0..1 is the score.
/// History is every change of the score, oldest first.
/// </summary>
public sealed record ScoreView(
    string Subject, string Kind, double Score, string Label, string Status, int SignalCount, double Unclamped, DateTimeOffset ScoredAt,
    string? Candidate, IReadOnlyList<string> Skills, string? EvaluationRequestedBy, IReadOnlyList<ScorePart> Parts, IReadOnlyList<ScoreChange> History)
{
    /// <summary>Shows a subject.</summary>
    public static ScoreView Of(Subject subject) => new(
        subject.Id, subject.Kind, subject.Score.Value, subject.Score.Label, subject.Status, subject.Signals.Count, (double)subject.Signals.Sum(s => s.Weight),
        subject.ScoredAt, subject.Candidate, subject.Skills, subject.EvaluationRequestedBy, [.. subject.Signals.Select(ScorePart.Of)], subject.History);
}

/// <summary>One signal's part in a score.</summary>
public sealed record ScorePart(
    string SignalId, string Signal, double Weight, string Reason, double? Value, string Source, DateTimeOffset OccurredAt, DateTimeOffset CountedAt)
{
    /// <summary>Shows a signal.</summary>
    public static ScorePart Of(Signal signal) =>
        new(signal.Id, signal.Name, (double)signal.Weight, signal.Reason, signal.Value, signal.Source, signal.OccurredAt, signal.CountedAt);
}
