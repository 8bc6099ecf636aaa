using System.Globalization;
using AutoDev.Fitness.Weights;
using AutoDev.Gating;
using AutoDev.ServiceDefaults.Http;
using Marten;

namespace AutoDev.Fitness.Scores;

/// <summary>Everything that moved a score, and everything that it is made of, by page.</summary>
static class ListChanges
{
    public static RouteHandlerBuilder MapHistory(IEndpointRouteBuilder routes) => routes.MapGet("/scores/{subject}/history", History)
        .WithSummary("Every change of a score with its reason, newest first").Produces<Page<ScoreStep>>()
        .ProducesProblem(400).ProducesProblem(404).RequireKnownWorkspace();

    public static RouteHandlerBuilder MapSignals(IEndpointRouteBuilder routes) => routes.MapGet("/scores/{subject}/signals", Signals)
        .WithSummary("Every signal of a score, last counted first").Produces<Page<ScorePart>>()
        .ProducesProblem(400).ProducesProblem(404).RequireKnownWorkspace();

    static async Task<IResult> History(string subject, PageRequest page, IQuerySession session, CancellationToken cancellation)
    {
        if (await KnownAsync(subject, session, cancellation) is not { } id) return ShowScore.NotFound(subject);
        var found = await session.ChangesOf(id, BeforeOf(page)).Take(page.Limit + 1).ToListAsync(cancellation);
        return TypedResults.Ok(page.Of(found, c => c.At, c => Text(c.Revision), ScoreStep.Of));
    }

    static async Task<IResult> Signals(string subject, PageRequest page, IQuerySession session, CancellationToken cancellation)
    {
        if (await KnownAsync(subject, session, cancellation) is not { } id) return ShowScore.NotFound(subject);
        var weights = await session.WeightsAsync(cancellation);
        var found = await session.SignalsOf(id, BeforeOf(page)).Take(page.Limit + 1).ToListAsync(cancellation);
        return TypedResults.Ok(page.Of(found, s => s.CountedAt, s => Text(s.Number), s => ScorePart.Of(s, weights)));
    }

    static async Task<string?> KnownAsync(string subject, IQuerySession session, CancellationToken cancellation) =>
        SubjectId.Parse(subject) is { } id && await session.LoadAsync<Subject>(id, cancellation) is not null ? id : null;

    static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    // Revisions, not moments: two signals of one message were counted at the same one.
    static int BeforeOf(PageRequest page) => page.BeforeId.Length == 0 ? int.MaxValue
        : int.TryParse(page.BeforeId, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
        : throw new BadHttpRequestException("cursor is not one that this list gave out.");
}
