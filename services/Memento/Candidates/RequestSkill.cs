using System.Diagnostics;
using AutoDev.Contracts.Governance;
using AutoDev.Contracts.Memento;
using AutoDev.Contracts.Reflection;
using AutoDev.Gating;
using AutoDev.ServiceDefaults.Messaging;
using AutoDev.ServiceDefaults.Persistence;
using Marten;
using MassTransit;

namespace AutoDev.Memento.Candidates;

/// <summary>A failure pattern gets a candidate, if the gate and the day's quota allow it. Refused or not, nothing is lost: the pattern stays with Reflection.</summary>
public sealed class RequestSkillConsumer(IDocumentSession session, TimeProvider clock) : IConsumer<FailurePatternDetected>
{
    /// <inheritdoc />
    public async Task Consume(ConsumeContext<FailurePatternDetected> context)
    {
        var (pattern, cancellation, now) = (context.Message, context.CancellationToken, clock.GetUtcNow());
        if (pattern.Episodes.Count == 0) throw new InvalidMessageException($"Pattern {pattern.PatternId} has no episodes.");
        var facts = await session.GateFactsAsync(pattern.AgentId, cancellation);
        if (facts.Settings is null) throw new NotYetKnownException($"Workspace {pattern.WorkspaceId} is not known; Governance has not said its settings.");
        facts = facts.AtLeast(pattern.SettingsVersion, pattern.MaturityVersion);

        var id = CandidateId.Of(pattern.PatternId, pattern.Attempt);
        await session.LockAsync($"candidate/{id}", cancellation);
        if (await session.LoadAsync<SkillCandidate>(id, cancellation) is not null) return;

        var decision = await DailyQuota.TakeAsync(session, Capability.MementoSkills, facts.Settings, facts.Maturity, now, cancellation);
        if (!decision.IsAllowed)
        {
            await context.Publish(Refuse(pattern, facts, decision, now));
            await context.Publish(new GateRefused
            {
                WorkspaceId = pattern.WorkspaceId, AgentId = pattern.AgentId, Capability = Capability.MementoSkills.Name, Reason = decision.Reason!,
                Detail = decision.Detail, Subject = $"pattern:{pattern.PatternId}", RefusedAt = now,
            });
            return;
        }

        var previous = await session.Query<SkillCandidate>()
            .Where(c => c.PatternId == pattern.PatternId).OrderByDescending(c => c.SortKey).FirstOrDefaultAsync(cancellation);
        session.Store(Decide(pattern, id, previous, context.ConversationId, now) with { TraceParent = Activity.Current?.Id });
        await context.Publish(new GenerateSkill { WorkspaceId = pattern.WorkspaceId, CandidateId = id });
    }

    /// <summary>Pure: the refusal, with the time at which trying again makes sense.</summary>
    internal static SkillCandidateRefused Refuse(FailurePatternDetected pattern, GateFacts facts, GateDecision decision, DateTimeOffset now) => new()
    {
        WorkspaceId = pattern.WorkspaceId, PatternId = pattern.PatternId, Attempt = pattern.Attempt, Reason = decision.Reason!,
        SettingsVersion = facts.SettingsVersion, MaturityVersion = facts.MaturityVersion,
        RetryAt = decision.IsOverTomorrow ? DailyQuota.ResetsAt(now) : null,
    };

    /// <summary>Pure: the candidate for a pattern. What an earlier one for the same pattern got wrong goes to the generator this time.</summary>
    internal static SkillCandidate Decide(FailurePatternDetected pattern, Guid id, SkillCandidate? previous, Guid? conversation, DateTimeOffset now)
    {
        var analysis = FailureAnalysis.Of(pattern.TaskDescription, pattern.Episodes, previous?.MustBeSeenNext());
        return new()
        {
            Id = id,
            Revision = 1,
            Status = CandidateStatus.Generating,
            PatternId = pattern.PatternId,
            Attempt = pattern.Attempt,
            AgentId = pattern.AgentId,
            TaskDescription = pattern.TaskDescription,
            Episodes = pattern.Episodes,
            Analysis = analysis,
            DetectedAt = pattern.DetectedAt,
            CreatedAt = now,
            UpdatedAt = now,
            ConversationId = conversation,
            PredecessorId = previous?.Id,
            Guidance = previous?.Decision?.Reason ?? previous?.FailureReason,
            ReviewerSaid = previous?.Decision?.Reason,
            LastTry = previous is null ? null : FailedTry.Of(previous, analysis),
        };
    }
}
