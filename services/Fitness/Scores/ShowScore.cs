using AutoDev.Fitness.Variants;
using AutoDev.Fitness.Weights;
using AutoDev.Gating;
using AutoDev.ServiceDefaults.Http;
using Marten;

namespace AutoDev.Fitness.Scores;

/// <summary><c>GET /workspaces/{workspace}/scores/{subject}</c>: a score with its newest parts, their reasons and its newest changes.</summary>
static class ShowScore
{
    const int MostParts = 100, MostChanges = 50;

    public static RouteHandlerBuilder Map(IEndpointRouteBuilder routes) => routes.MapGet("/scores/{subject}", Handle)
        .WithSummary("One score with its parts, reasons and history").Produces<ScoreView>().ProducesProblem(404).RequireKnownWorkspace();

    static async Task<IResult> Handle(string subject, IQuerySession session, CancellationToken cancellation) =>
        SubjectId.Parse(subject) is { } id && await session.LoadAsync<Subject>(id, cancellation) is { } known
            ? TypedResults.Ok(await ViewAsync(session, known, cancellation))
            : NotFound(subject);

    public static IResult NotFound(string subject) =>
        Problem.NotFound($"Nothing was heard of '{subject}'. Subjects are candidate:{{id}}, mutation:{{id}} or skill:{{name}}@{{version}}.");

    public static async Task<ScoreView> ViewAsync(IQuerySession session, Subject subject, CancellationToken cancellation)
    {
        var weights = await session.WeightsAsync(cancellation);
        var parts = await session.SignalsOf(subject.Id).Take(MostParts).ToListAsync(cancellation);
        var history = await session.ChangesOf(subject.Id).Take(MostChanges).ToListAsync(cancellation);
        return new(
            subject.Id, subject.Kind, subject.Skill, subject.Score.Value, subject.Score.Label, subject.Status, subject.SignalCount, (double)subject.Sum,
            subject.Revision, subject.ScoredAt, subject.Candidate, subject.Mutation, subject.Skills, subject.EvaluationRequestedBy, subject.Efficiency,
            [.. parts.Reverse().Select(s => ScorePart.Of(s, weights))], [.. history.Reverse().Select(ScoreStep.Of)]);
    }
}

/// <summary>
/// A score as it is shown. Parts are its newest 100 signals in the order they were counted; the weights of all add up to <c>unclamped</c>, which clamped to
/// 0..1 is the score. History is its newest 50 changes, oldest first. All of both are at <c>…/signals</c> and <c>…/history</c>.
/// </summary>
public sealed record ScoreView(
    string Subject, string Kind, string? Skill, double Score, string Label, string Status, int SignalCount, double Unclamped, int Revision,
    DateTimeOffset ScoredAt, string? Candidate, string? Mutation, IReadOnlyList<string> Skills, string? EvaluationRequestedBy, Efficiency? Efficiency,
    IReadOnlyList<ScorePart> Parts, IReadOnlyList<ScoreStep> History);

/// <summary>One signal's part in a score. <c>voided_by</c> names the signal that replaced it or took it back: its weight is then 0.</summary>
public sealed record ScorePart(
    string SignalId, string Signal, double Weight, string Reason, double? Value, string Source, string? By, DateTimeOffset OccurredAt,
    DateTimeOffset CountedAt, string? VoidedBy)
{
    /// <summary>Shows a signal by the workspace's weights.</summary>
    public static ScorePart Of(Signal signal, SignalWeights weights) => new(
        signal.Key, signal.Name, signal.VoidedBy is null ? (double)weights.Of(signal) : 0, signal.Reason, signal.Value, signal.Source, signal.By,
        signal.OccurredAt, signal.CountedAt, signal.VoidedBy);
}

/// <summary>
/// One change of a score: from <c>before</c> to <c>score</c>, by which signal, if it was one, and why. <c>weight</c> is what the sum of the weights changed by.
/// </summary>
public sealed record ScoreStep(
    DateTimeOffset At, double Before, double Score, string Label, string Status, string? Signal, string? SignalId, double? Value, double Weight, string? By,
    string Because)
{
    /// <summary>Shows a change.</summary>
    public static ScoreStep Of(ScoreChange change) => new(
        change.At, change.Before, change.Score, change.Label, change.Status, change.Signal, change.Key, change.Value, (double)change.Weight, change.By,
        change.Because);
}
