using System.Security.Claims;
using AutoDev.ServiceDefaults.Decisions;
using AutoDev.ServiceDefaults.Http;
using AutoDev.ServiceDefaults.Messaging;
using AutoDev.ServiceDefaults.Security;
using MassTransit;
using Microsoft.AspNetCore.Http;

namespace AutoDev.ServiceDefaults.DeadLetters;

/// <param name="Reason">Why it is not needed; at most 2,000 characters.</param>
public sealed record DiscardRequest(string? Reason);

/// <summary>Somebody decides that a dead letter is not needed. It stays in the list of discarded ones.</summary>
static class DiscardLetter
{
    const int LongestReason = 2000;

    public static async Task<IResult> Post(
        Guid letter, DiscardRequest request, ClaimsPrincipal caller, TimeProvider clock, HttpContext http, CancellationToken cancellation)
    {
        if (request.Reason?.Trim() is not { Length: > 0 and <= LongestReason } reason)
            return Problem.Invalid("reason", $"reason is required, of at most {LongestReason} characters: say why it is not needed.");
        var (session, known) = await ListLetters.OpenAsync(letter, http, cancellation);
        if (known is null) return ListLetters.NotFound(letter);
        if (known.State != DeadLetterState.Dead) return ReplayLetter.Conflict(known);

        var discarded = known.Discard(caller.Actor(), reason, clock.GetUtcNow());
        session.Store(discarded);
        var bus = (IPublishEndpoint)http.RequestServices.GetService(typeof(IPublishEndpoint))!;
        await bus.SayDecisionAsync(
            known.Tenant, caller.Actor(), "letter_discarded", discarded.Subject, reason, LetterAsDecided.Of(known), LetterAsDecided.Of(discarded),
            discarded.Decision!.At, cancellation);
        await session.SaveChangesAsync(cancellation);
        FailureMetrics.Discarded.Add(1, new KeyValuePair<string, object?>("queue", known.Queue));
        return TypedResults.Ok(LetterShown.Of(discarded));
    }
}
