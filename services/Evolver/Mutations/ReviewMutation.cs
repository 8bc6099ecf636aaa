using System.Security.Claims;
using AutoDev.Contracts.Evolver;
using AutoDev.Evolver.Experiments;
using AutoDev.ServiceDefaults;
using AutoDev.ServiceDefaults.Decisions;
using AutoDev.ServiceDefaults.Http;
using AutoDev.ServiceDefaults.Persistence;
using AutoDev.ServiceDefaults.Security;
using Marten;
using MassTransit;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace AutoDev.Evolver.Mutations;

/// <summary>A person's decision.</summary>
/// <param name="Reason">Why; needed to reject. At most 2,000 characters.</param>
public sealed record MutationReview(string? Reason);

/// <summary>An operator approves or rejects what was seen; whatever changed since makes the decision void.</summary>
public static class ReviewMutation
{
    /// <summary>Maps both.</summary>
    public static IReadOnlyList<RouteHandlerBuilder> Map(IEndpointRouteBuilder routes) =>
    [
        routes.MapPost("/mutations/{id:guid}/approve", Approve).Produces<MutationView>().AcceptsIfMatch(isRequired: true).MayRefuse(404, 409, 428),
        routes.MapPost("/mutations/{id:guid}/reject", Reject).Produces<MutationView>().AcceptsIfMatch().MayRefuse(404, 409),
    ];

    /// <summary>POST approve: the catalog is asked to publish it as the skill's next version.</summary>
    static Task<IResult> Approve(
        string workspace, Guid id, MutationReview? body, IDocumentSession session, IPublishEndpoint bus, IOptions<EvolutionOptions> options, TimeProvider clock,
        ClaimsPrincipal caller, HttpContext http, CancellationToken cancellation) =>
        http.Request.Headers.IfMatch.Count == 0
            ? Task.FromResult<IResult>(Problem.Of(
                StatusCodes.Status428PreconditionRequired, "precondition-required", "Say what you have reviewed", "Send the mutation's ETag as If-Match."))
            : DecideAsync(workspace, id, new(true, caller.Actor(), Trimmed(body), clock.GetUtcNow()), session, bus, options.Value, http, cancellation);

    /// <summary>POST reject: the version rests before another experiment begins by itself.</summary>
    static Task<IResult> Reject(
        string workspace, Guid id, MutationReview? body, IDocumentSession session, IPublishEndpoint bus, IOptions<EvolutionOptions> options, TimeProvider clock,
        ClaimsPrincipal caller, HttpContext http, CancellationToken cancellation) =>
        DecideAsync(workspace, id, new(false, caller.Actor(), Trimmed(body), clock.GetUtcNow()), session, bus, options.Value, http, cancellation);

    static async Task<IResult> DecideAsync(
        string workspace, Guid id, MutationDecision decision, IDocumentSession session, IPublishEndpoint bus, EvolutionOptions options, HttpContext http,
        CancellationToken cancellation)
    {
        if (Reason.Fault(decision.Reason, isRequired: !decision.Approved) is { } fault) return Problem.Invalid("reason", fault);
        await session.LockAsync(Mutation.LockOf(id), cancellation);
        if (await session.LoadAsync<Mutation>(id, cancellation) is not { } mutation) return ShowMutation.NotFound(id);
        if (IsRepeat(mutation, decision)) return await ShowMutation.AnswerAsync(mutation, session, http, cancellation);
        if (Refusal(mutation, http.Request) is { } refusal) return refusal;

        var decided = await CarryOutAsync(workspace, mutation, decision, session, bus, options, cancellation);
        await session.SaveChangesAsync(cancellation);
        return await ShowMutation.AnswerAsync(decided, session, http, cancellation);
    }

    /// <summary>
    /// Stores what a decision makes of a mutation that passed, and says it, for the caller to commit. The mutation's lock is the caller's, too.
    /// </summary>
    internal static async Task<Mutation> CarryOutAsync(
        string workspace, Mutation mutation, MutationDecision decision, IDocumentSession session, IPublishEndpoint bus, EvolutionOptions options,
        CancellationToken cancellation)
    {
        using var activity = Telemetry.ContinueTrace(mutation.TraceParent, decision.Approved ? "approve mutation" : "reject mutation");
        var decided = mutation.To(decision.Approved ? MutationStatus.Approved : MutationStatus.Rejected, decision.At) with { Decision = decision };
        session.Store(decided);
        if (decision.Approved)
        {
            await bus.Publish(
                new MutationApproved
                {
                    WorkspaceId = workspace, MutationId = mutation.Id, SkillName = mutation.SkillName, ParentVersion = mutation.ParentVersion,
                    FunctionName = mutation.FunctionName, Source = mutation.Source, Description = mutation.Description, Mends = mutation.Mended > 0,
                    ApprovedBy = decision.By, Reason = decision.Reason, ApprovedAt = decision.At,
                },
                context => context.ConversationId = mutation.ConversationId, cancellation);
        }
        else
        {
            await session.LockAsync(SkillEvolution.LockOf(mutation.SkillName), cancellation);
            var evolution = await session.LoadAsync<SkillEvolution>(mutation.SkillName, cancellation) ?? new() { Id = mutation.SkillName };
            session.Store(evolution.Rest(mutation.ParentVersion, decision.At + options.CoolDown));
            await bus.Publish(
                new MutationRejected
                {
                    WorkspaceId = workspace, MutationId = mutation.Id, SkillName = mutation.SkillName, ParentVersion = mutation.ParentVersion,
                    RejectedBy = decision.By, Reason = decision.Reason!, RejectedAt = decision.At,
                },
                context => context.ConversationId = mutation.ConversationId, cancellation);
        }

        await bus.SayDecisionAsync(
            workspace, decision.By, decision.Approved ? "mutation_approved" : "mutation_rejected", $"mutation:{mutation.Id}", decision.Reason,
            MutationAsDecided.Of(mutation), MutationAsDecided.Of(decided), decision.At, cancellation);
        return decided;
    }

    /// <summary>Pure: the same person says the same again, perhaps because the first answer got lost on the way.</summary>
    internal static bool IsRepeat(Mutation mutation, MutationDecision decision) =>
        mutation.Decision is { } decided && decided.Approved == decision.Approved && decided.By == decision.By;

    static ProblemHttpResult? Refusal(Mutation mutation, HttpRequest request)
    {
        if (request.Headers.IfMatch.Count > 0 && !Matches(request.GetTypedHeaders().IfMatch, ShowMutation.ETag(mutation)))
            return Problem.Changed($"The mutation is now {mutation.Status} at revision {mutation.Revision}: load it again and decide on what it is now.");
        return WhyNot(mutation) is { } why ? Problem.Conflict(why) : null;
    }

    /// <summary>Pure: why it cannot be decided on; <c>null</c> where it can.</summary>
    internal static string? WhyNot(Mutation mutation) => mutation.Status == MutationStatus.Passed
        ? null
        : $"The mutation is {mutation.Status}{(mutation.Decision is { } d ? $" by {d.By}" : "")}; only one that passed can be decided on.";

    // A star would approve whatever is there, which is what the header is asked for to prevent.
    static bool Matches(IList<EntityTagHeaderValue> seen, EntityTagHeaderValue now) => seen.Any(tag => tag.Compare(now, useStrongComparison: true));

    static string? Trimmed(MutationReview? body) => body?.Reason?.Trim() is { Length: > 0 } reason ? reason : null;
}

/// <summary>What of a mutation a decision changes, for the audit log.</summary>
sealed record MutationAsDecided(string Status, int Revision, string Skill, string ParentVersion)
{
    public static MutationAsDecided Of(Mutation m) => new(m.Status, m.Revision, m.SkillName, m.ParentVersion);
}
