using System.Security.Claims;
using AutoDev.Gating;
using AutoDev.ServiceDefaults.Decisions;
using AutoDev.ServiceDefaults.Http;
using AutoDev.ServiceDefaults.Persistence;
using AutoDev.ServiceDefaults.Security;
using Marten;
using MassTransit;
using Microsoft.Extensions.Options;

namespace AutoDev.Fitness.Scores;

/// <summary>How long one workspace waits for external signals. A workspace that said nothing has none stored.</summary>
public sealed record EvaluationDeadline
{
    /// <summary>There is one in a workspace.</summary>
    public const string TheOne = "deadline";

    /// <summary><see cref="TheOne"/>.</summary>
    public string Id { get; init; } = TheOne;

    /// <summary>From when a subject's owner first spoke of it; 0 to 365, fractions are hours.</summary>
    public required double Days { get; init; }

    /// <summary>Who said so.</summary>
    public required string ChangedBy { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset ChangedAt { get; init; }
}

/// <summary>
/// <c>GET</c> and <c>PUT /workspaces/{workspace}/deadline</c>: how long external signals are waited for. It holds for what is waited for already, too: what is
/// over the new time is evaluated at the next look.
/// </summary>
static class SetDeadline
{
    const int MostDays = 365;

    public static RouteHandlerBuilder MapGet(IEndpointRouteBuilder routes) => routes.MapGet("/deadline", Get)
        .WithSummary("How long external signals are waited for").Produces<DeadlineView>().RequireKnownWorkspace();

    public static RouteHandlerBuilder MapPut(IEndpointRouteBuilder routes) => routes.MapPut("/deadline", Put)
        .WithSummary("Change how long external signals are waited for").Produces<DeadlineView>().ProducesProblem(400).RequireKnownWorkspace();

    static async Task<IResult> Get(IQuerySession session, IOptions<ScoreOptions> options, CancellationToken cancellation) =>
        TypedResults.Ok(View(await session.LoadAsync<EvaluationDeadline>(EvaluationDeadline.TheOne, cancellation), options.Value));

    static async Task<IResult> Put(
        DeadlineRequest request, ClaimsPrincipal caller, IDocumentSession session, IPublishEndpoint bus, IOptions<ScoreOptions> options, TimeProvider clock,
        CancellationToken cancellation)
    {
        if (Reason.Fault(request.Reason, isRequired: false) is { } fault) return Problem.Invalid("reason", fault);
        if (request.Days is { } asked && !(asked is >= 0 and <= MostDays)) return Problem.Invalid("days", $"days must be 0 to {MostDays}; null is the installation's.");

        await session.LockAsync("deadline", cancellation);
        var before = await session.LoadAsync<EvaluationDeadline>(EvaluationDeadline.TheOne, cancellation);
        if (before?.Days == request.Days) return TypedResults.Ok(View(before, options.Value));

        var now = clock.GetUtcNow();
        var after = request.Days is { } days ? new EvaluationDeadline { Days = days, ChangedBy = caller.Actor(), ChangedAt = now } : null;
        if (after is not null) session.Store(after);
        else session.Delete(before!);
        await bus.SayDecisionAsync(
            session.TenantId, caller.Actor(), "deadline_changed", EvaluationDeadline.TheOne, request.Reason, new { before?.Days }, new { after?.Days }, now,
            cancellation);
        await session.SaveChangesAsync(cancellation);
        return TypedResults.Ok(View(after, options.Value));
    }

    static DeadlineView View(EvaluationDeadline? own, ScoreOptions options) =>
        new(own?.Days ?? options.EvaluateAfter.TotalDays, options.EvaluateAfter.TotalDays, own?.ChangedBy, own?.ChangedAt);
}

/// <summary>Another time.</summary>
/// <param name="Days">0 to 365, fractions are hours; <c>null</c> for the installation's.</param>
/// <param name="Reason">Why, where somebody says so.</param>
public sealed record DeadlineRequest(double? Days, string? Reason = null);

/// <summary>How long external signals are waited for.</summary>
/// <param name="Days">What counts here.</param>
/// <param name="UsualDays">What the installation has where a workspace says nothing.</param>
/// <param name="ChangedBy">Who changed it here; absent where nobody did.</param>
/// <param name="ChangedAt">When.</param>
public sealed record DeadlineView(double Days, double UsualDays, string? ChangedBy, DateTimeOffset? ChangedAt);
