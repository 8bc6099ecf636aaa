using System.Security.Claims;
using AutoDev.Contracts.Governance;
using AutoDev.Contracts.Memento;
using AutoDev.Gating;
using AutoDev.ServiceDefaults;
using AutoDev.ServiceDefaults.Decisions;
using AutoDev.ServiceDefaults.Http;
using AutoDev.ServiceDefaults.Persistence;
using AutoDev.ServiceDefaults.Security;
using Marten;
using MassTransit;
using Microsoft.AspNetCore.Http.HttpResults;

namespace AutoDev.Memento.Candidates;

/// <summary>An operator asks for a new candidate in place of one that came to nothing. It counts against the day's quota like any other.</summary>
public static class RegenerateCandidate
{
    /// <summary>POST. A candidate has one successor: a repeat answers with the same.</summary>
    public static async Task<IResult> Handle(
        string workspace, Guid id, ReviewRequest? body, IDocumentSession session, IPublishEndpoint bus, TimeProvider clock, ClaimsPrincipal caller,
        HttpContext http, CancellationToken cancellation)
    {
        if (Reason.Fault(body?.Reason, isRequired: false) is { } fault) return Problem.Invalid("reason", fault);
        var now = clock.GetUtcNow();
        await session.LockAsync($"candidate/{id}", cancellation);
        if (await session.LoadAsync<SkillCandidate>(id, cancellation) is not { } candidate) return GetCandidate.NotFound(id);
        if (candidate.SuccessorId is { } existing) return Accepted(workspace, existing);
        if (!candidate.CanBeRegenerated)
        {
            return Problem.Conflict(candidate.Origin is null
                ? $"The candidate is {candidate.Status}; only a rejected or failed one can be regenerated."
                : "The candidate was imported, and there are no failures to learn from: import an archive that does better.");
        }


        var facts = await session.GateFactsAsync(candidate.AgentId, cancellation);
        var gate = await DailyQuota.TakeAsync(session, Capability.MementoSkills, facts.Settings, facts.Maturity, now, cancellation);
        if (!gate.IsAllowed)
        {
            await bus.Publish(
                new GateRefused
                {
                    WorkspaceId = workspace, AgentId = candidate.AgentId, Capability = Capability.MementoSkills.Name, Reason = gate.Reason!, Detail = gate.Detail,
                    Subject = $"candidate:{id}", RefusedAt = now,
                },
                context => context.ConversationId = candidate.ConversationId, cancellation);
            await session.SaveChangesAsync(cancellation);
            return GateProblem.Of(gate, now, http.Response);
        }

        using var activity = Telemetry.ContinueTrace(candidate.TraceParent, "regenerate candidate");
        var successor = Decide(candidate, body?.Reason, now);
        var succeeded = candidate.To(candidate.Status, now) with { SuccessorId = successor.Id };
        session.Store(succeeded);
        session.Store(successor);
        await bus.Publish(new GenerateSkill { WorkspaceId = workspace, CandidateId = successor.Id }, context => context.ConversationId = candidate.ConversationId, cancellation);
        await bus.SayDecisionAsync(
            workspace, caller.Actor(), "candidate_regenerated", $"candidate:{id}", body?.Reason, CandidateAsDecided.Of(candidate),
            CandidateAsDecided.Of(succeeded), now, cancellation);
        await session.SaveChangesAsync(cancellation);
        return Accepted(workspace, successor.Id);
    }

    /// <summary>Pure: the new candidate. What the old one got wrong on held-out examples goes to the generator this time.</summary>
    internal static SkillCandidate Decide(SkillCandidate candidate, string? reason, DateTimeOffset now)
    {
        var analysis = FailureAnalysis.Of(candidate.TaskDescription, candidate.Episodes, candidate.MustBeSeenNext());
        var reviewer = reason?.Trim() is { Length: > 0 } said ? said : candidate.Decision?.Reason;
        return new()
        {
            Id = CandidateId.SuccessorOf(candidate.Id),
            Revision = 1,
            Status = CandidateStatus.Generating,
            PatternId = candidate.PatternId,
            Attempt = candidate.Attempt,
            AgentId = candidate.AgentId,
            TaskDescription = candidate.TaskDescription,
            Episodes = candidate.Episodes,
            Analysis = analysis,
            DetectedAt = candidate.DetectedAt,
            CreatedAt = now,
            UpdatedAt = now,
            ConversationId = candidate.ConversationId,
            TraceParent = candidate.TraceParent,
            PredecessorId = candidate.Id,
            Guidance = reviewer ?? candidate.FailureReason,
            ReviewerSaid = reviewer,
            LastTry = FailedTry.Of(candidate, analysis),
        };
    }

    static Accepted<RegenerationStarted> Accepted(string workspace, Guid id) => TypedResults.Accepted($"/workspaces/{workspace}/candidates/{id}", new RegenerationStarted(id));
}

/// <summary>The new candidate's id.</summary>
public sealed record RegenerationStarted(Guid CandidateId);
