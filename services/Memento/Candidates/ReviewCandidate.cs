using System.Security.Claims;
using AutoDev.Contracts.Memento;
using AutoDev.Embeddings;
using AutoDev.Memento.Catalog;
using AutoDev.ServiceDefaults;
using AutoDev.ServiceDefaults.Decisions;
using AutoDev.ServiceDefaults.Http;
using AutoDev.ServiceDefaults.Persistence;
using AutoDev.ServiceDefaults.Security;
using Marten;
using MassTransit;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;

namespace AutoDev.Memento.Candidates;

/// <summary>A person's decision.</summary>
/// <param name="Reason">Why; needed to reject. At most 2,000 characters.</param>
public sealed record ReviewRequest(string? Reason);

/// <summary>An operator approves or rejects what was seen; whatever changed since makes the decision void.</summary>
public static class ReviewCandidate
{
    /// <summary>POST approve: the candidate becomes a version in the catalog, in the same commit.</summary>
    public static async Task<IResult> Approve(
        string workspace, Guid id, ReviewRequest? body, IDocumentSession session, Meanings meanings, IPublishEndpoint bus, TimeProvider clock, ClaimsPrincipal caller,
        HttpContext http, CancellationToken cancellation)
    {
        if (http.Request.Headers.IfMatch.Count == 0)
            return Problem.Of(StatusCodes.Status428PreconditionRequired, "precondition-required", "Say what you have reviewed", "Send the candidate's ETag as If-Match.");
        var decision = new Decision(true, caller.Actor(), Trimmed(body), clock.GetUtcNow());
        if (Invalid(decision) is { } invalid) return invalid;

        await session.LockAsync($"candidate/{id}", cancellation);
        if (await session.LoadAsync<SkillCandidate>(id, cancellation) is not { } candidate) return GetCandidate.NotFound(id);
        if (IsRepeat(candidate, decision)) return await GetCandidate.AnswerAsync(candidate, session, http, cancellation);
        if (Refusal(candidate, http.Request) is { } refusal) return refusal;

        var promoted = await CarryOutAsync(workspace, candidate, decision, session, meanings, bus, cancellation);
        await session.SaveChangesAsync(cancellation);
        return await GetCandidate.AnswerAsync(promoted, session, http, cancellation);
    }

    /// <summary>POST reject.</summary>
    public static async Task<IResult> Reject(
        string workspace, Guid id, ReviewRequest? body, IDocumentSession session, Meanings meanings, IPublishEndpoint bus, TimeProvider clock, ClaimsPrincipal caller,
        HttpContext http, CancellationToken cancellation)
    {
        var decision = new Decision(false, caller.Actor(), Trimmed(body), clock.GetUtcNow());
        if (Invalid(decision) is { } invalid) return invalid;

        await session.LockAsync($"candidate/{id}", cancellation);
        if (await session.LoadAsync<SkillCandidate>(id, cancellation) is not { } candidate) return GetCandidate.NotFound(id);
        if (IsRepeat(candidate, decision)) return await GetCandidate.AnswerAsync(candidate, session, http, cancellation);
        if (Refusal(candidate, http.Request) is { } refusal) return refusal;

        var rejected = await CarryOutAsync(workspace, candidate, decision, session, meanings, bus, cancellation);
        await session.SaveChangesAsync(cancellation);
        return await GetCandidate.AnswerAsync(rejected, session, http, cancellation);
    }

    /// <summary>
    /// Stores what a decision makes of a validated candidate and says it, for the caller to commit. The candidate's lock is the caller's, too; whoever publishes under
    /// the same name waits for that commit.
    /// </summary>
    internal static async Task<SkillCandidate> CarryOutAsync(
        string workspace, SkillCandidate candidate, Decision decision, IDocumentSession session, Meanings meanings, IPublishEndpoint bus,
        CancellationToken cancellation)
    {
        using var activity = Telemetry.ContinueTrace(candidate.TraceParent, decision.Approved ? "approve candidate" : "reject candidate");
        if (!decision.Approved)
        {
            var rejected = candidate.To(CandidateStatus.Rejected, decision.At) with { Decision = decision };
            session.Store(rejected);
            await bus.Publish(
                new SkillCandidateRejected
                {
                    WorkspaceId = workspace, CandidateId = candidate.Id, PatternId = candidate.PatternId, AgentId = candidate.AgentId,
                    SkillName = candidate.Analysis.SkillName, RejectedBy = decision.By, Reason = decision.Reason!, RejectedAt = decision.At,
                },
                context => context.ConversationId = candidate.ConversationId, cancellation);
            await SayAsync(bus, workspace, "candidate_rejected", candidate, rejected, decision, cancellation);
            return rejected;
        }

        var published = await PublishSkill.StoreAsync(session, candidate, decision, meanings, cancellation);
        var promoted = candidate.To(CandidateStatus.Approved, decision.At).To(CandidateStatus.Promoted, decision.At) with
        {
            Decision = decision,
            PublishedVersion = published.Version,
        };
        session.Store(promoted);
        await bus.Publish(
            new SkillCandidateApproved
            {
                WorkspaceId = workspace, CandidateId = candidate.Id, PatternId = candidate.PatternId, AgentId = candidate.AgentId, SkillName = published.SkillName,
                ApprovedBy = decision.By, Reason = decision.Reason, ApprovedAt = decision.At,
            },
            context => context.ConversationId = candidate.ConversationId, cancellation);
        await SayAsync(bus, workspace, "candidate_approved", candidate, promoted, decision, cancellation);
        await bus.Publish(PublishSkill.Event(workspace, published), context => context.ConversationId = candidate.ConversationId, cancellation);
        return promoted;
    }

    static Task SayAsync(
        IPublishEndpoint bus, string workspace, string action, SkillCandidate before, SkillCandidate after, Decision decision,
        CancellationToken cancellation) =>
        bus.SayDecisionAsync(
            workspace, decision.By, action, $"candidate:{before.Id}", decision.Reason, CandidateAsDecided.Of(before), CandidateAsDecided.Of(after),
            decision.At, cancellation);

    static string? Trimmed(ReviewRequest? body) => body?.Reason?.Trim() is { Length: > 0 } reason ? reason : null;

    static ProblemHttpResult? Invalid(Decision decision) => Fault(decision.Approved, decision.Reason) is { } fault ? Problem.Invalid("reason", fault) : null;

    /// <summary>Pure: what is wrong with the reason of such a decision; <c>null</c> for nothing.</summary>
    internal static string? Fault(bool approved, string? reason) =>
        !approved && string.IsNullOrWhiteSpace(reason) ? "A rejection needs a reason: it guides the next attempt." : ServiceDefaults.Decisions.Reason.Fault(reason, isRequired: false);

    /// <summary>Pure: the same person says the same again, perhaps because the first answer got lost on the way.</summary>
    internal static bool IsRepeat(SkillCandidate candidate, Decision decision) =>
        candidate.Decision is { } decided && decided.Approved == decision.Approved && decided.By == decision.By;

    static ProblemHttpResult? Refusal(SkillCandidate candidate, HttpRequest request)
    {
        if (request.Headers.IfMatch.Count > 0 && !Matches(request.GetTypedHeaders().IfMatch, GetCandidate.ETag(candidate)))
            return Problem.Changed($"The candidate is now {candidate.Status} at revision {candidate.Revision}: load it again and decide on what it is now.");
        return WhyNot(candidate) is { } reason ? Problem.Conflict(reason) : null;
    }

    /// <summary>Pure: why nobody can decide on it, in words; <c>null</c> where somebody can.</summary>
    internal static string? WhyNot(SkillCandidate candidate) => candidate.Status == CandidateStatus.Validated
        ? null
        : $"The candidate is {candidate.Status}{(candidate.Decision is { } d ? $" by {d.By}" : "")}; only a validated one can be decided on.";

    // A star would approve whatever is there, which is what the header is asked for to prevent.
    static bool Matches(IList<EntityTagHeaderValue> seen, EntityTagHeaderValue now) =>
        seen.Any(tag => tag.Compare(now, useStrongComparison: true));
}

/// <summary>What of a candidate a decision changes, for the audit log.</summary>
sealed record CandidateAsDecided(string Status, int Revision, string Skill, string? Version, Guid? Successor)
{
    public static CandidateAsDecided Of(SkillCandidate c) => new(c.Status, c.Revision, c.Analysis.SkillName, c.PublishedVersion, c.SuccessorId);
}
