using AutoDev.Fitness.Scores;
using AutoDev.Gating;
using Marten;

namespace AutoDev.Fitness.Weights;

/// <summary>
/// <c>GET /workspaces/{workspace}/weights</c>: what each signal adds to a score, and how many scores still wait to be counted by the newest weights.
/// </summary>
static class ShowWeights
{
    public static RouteHandlerBuilder Map(IEndpointRouteBuilder routes) => routes.MapGet("/weights", Handle)
        .WithSummary("What each signal adds to a score").Produces<WeightsView>().RequireKnownWorkspace();

    static async Task<IResult> Handle(IQuerySession session, CancellationToken cancellation) =>
        TypedResults.Ok(await ViewAsync(session, await session.WeightsAsync(cancellation), cancellation));

    public static async Task<WeightsView> ViewAsync(IQuerySession session, SignalWeights weights, CancellationToken cancellation) => new(
        weights.Version,
        [
            .. SignalWeights.Proxy.Concat(SignalWeights.External).Select(name => new WeightView(
                name, (double)weights.Of(name), (double)SignalWeights.UsualOf(name), SignalWeights.Proxy.Contains(name) ? "proxy" : "external",
                SignalWeights.Meaning(name))),
        ],
        weights.ChangedBy, weights.ChangedAt, await session.Query<Subject>().CountAsync(s => s.WeightsVersion < weights.Version, cancellation));
}

/// <summary>The weights of a workspace.</summary>
/// <param name="Version">Grows with every change; 0 for those that every workspace begins with.</param>
/// <param name="Weights">Every signal there is.</param>
/// <param name="ChangedBy">Who changed them last.</param>
/// <param name="ChangedAt">When.</param>
/// <param name="Outdated">Scores that are still to be counted by these weights; they are brought up to date one after the other.</param>
public sealed record WeightsView(int Version, IReadOnlyList<WeightView> Weights, string? ChangedBy, DateTimeOffset? ChangedAt, int Outdated);

/// <summary>One signal's weight. That of <c>conversion_value</c> is the most it adds: min(weight, value / 1000).</summary>
public sealed record WeightView(string Signal, double Weight, double Default, string Stage, string Meaning);
