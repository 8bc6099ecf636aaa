using System.Security.Claims;
using AutoDev.Gating;
using AutoDev.ServiceDefaults.Decisions;
using AutoDev.ServiceDefaults.Http;
using AutoDev.ServiceDefaults.Persistence;
using AutoDev.ServiceDefaults.Security;
using Marten;
using MassTransit;

namespace AutoDev.Fitness.Weights;

/// <summary>
/// <c>PUT /workspaces/{workspace}/weights</c>: other weights from now on. Every subject is counted again, one transaction each
/// (<see cref="Scores.KeepScores"/>); one that hears a signal before its turn is counted again at once.
/// </summary>
static class SetWeights
{
    public static RouteHandlerBuilder Map(IEndpointRouteBuilder routes) => routes.MapPut("/weights", Handle)
        .WithSummary("Change what signals add to a score; every score is counted again").Produces<WeightsView>().ProducesProblem(400).RequireKnownWorkspace();

    static async Task<IResult> Handle(
        WeightsRequest request, ClaimsPrincipal caller, IDocumentSession session, IPublishEndpoint bus, TimeProvider clock, CancellationToken cancellation)
    {
        if (Faults(request) is { Count: > 0 } faults) return Problem.Invalid(faults);

        await session.LockAsync("weights", cancellation);
        var before = await session.WeightsAsync(cancellation);
        var after = Decide(before, request, caller.Actor(), clock.GetUtcNow());
        if (ReferenceEquals(before, after)) return TypedResults.Ok(await ShowWeights.ViewAsync(session, before, cancellation));

        session.Store(after);
        await bus.SayDecisionAsync(
            session.TenantId, caller.Actor(), "weights_changed", SignalWeights.TheOne, request.Reason, before.Changed, after.Changed, after.ChangedAt!.Value,
            cancellation);
        await session.SaveChangesAsync(cancellation);
        return TypedResults.Ok(await ShowWeights.ViewAsync(session, after, cancellation));
    }

    /// <summary>Pure: what is wrong with it, by property.</summary>
    internal static Dictionary<string, string> Faults(WeightsRequest request)
    {
        var faults = new Dictionary<string, string>(StringComparer.Ordinal);
        if (Reason.Fault(request.Reason, isRequired: false) is { } fault) faults["reason"] = fault;
        if (request.Weights is null) faults["weights"] = "weights is missing: an object with the weight of each signal that differs from the usual ones.";
        foreach (var (name, weight) in request.Weights ?? new Dictionary<string, decimal>(StringComparer.Ordinal))
        {
            var least = name == SignalWeights.ConversionValue ? 0 : -SignalWeights.Most;
            if (!SignalWeights.Proxy.Contains(name) && !SignalWeights.External.Contains(name)) faults[$"weights.{name}"] = $"There is no signal '{name}'.";
            else if (weight < least || weight > SignalWeights.Most || weight != decimal.Round(weight, 6))
                faults[$"weights.{name}"] = $"The weight of {name} must be from {least} to {SignalWeights.Most}, with at most six digits behind the point.";
        }

        return faults;
    }

    /// <summary>Pure: the weights from now on; the same ones where nothing changes.</summary>
    internal static SignalWeights Decide(SignalWeights before, WeightsRequest request, string by, DateTimeOffset now)
    {
        var changed = request.Weights!.Where(w => w.Value != SignalWeights.UsualOf(w.Key)).ToDictionary(w => w.Key, w => w.Value, StringComparer.Ordinal);
        return changed.Count == before.Changed.Count && changed.All(w => before.Changed.TryGetValue(w.Key, out var known) && known == w.Value)
            ? before
            : before with { Version = before.Version + 1, Changed = changed, ChangedBy = by, ChangedAt = now };
    }
}

/// <summary>Other weights.</summary>
/// <param name="Weights">
/// By signal, -1 to 1 (<c>conversion_value</c>: 0 to 1), at most six digits behind the point. Signals that are not named get their usual weight.
/// </param>
/// <param name="Reason">Why, where somebody says so.</param>
public sealed record WeightsRequest(IReadOnlyDictionary<string, decimal>? Weights, string? Reason = null);
