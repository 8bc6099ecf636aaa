using AutoDev.Contracts.Governance;
using AutoDev.Contracts.Reflection;
using AutoDev.Gating;
using Marten;
using MassTransit;

namespace AutoDev.Reflection.Patterns;

/// <summary>Lets a due pattern fire, if the gate allows it; a refusal is said once and the pattern kept.</summary>
static class FirePattern
{
    /// <summary>Pure.</summary>
    /// <param name="pattern">As it is.</param>
    /// <param name="facts">What the gate decides by.</param>
    /// <param name="conversationId">For the loop, where it begins now.</param>
    /// <param name="now">The moment.</param>
    /// <param name="isWanted">An operator asks, or there is more to go by: the threshold and the wait do not count, the gate does.</param>
    public static (FailurePattern Pattern, GateDecision? Decision) Decide(
        FailurePattern pattern, GateFacts facts, Guid conversationId, DateTimeOffset now, bool isWanted = false)
    {
        if (!isWanted && !pattern.IsDue((facts.Settings ?? new()).FailureThreshold, now)) return (pattern, null);
        var decision = Gate.Decide(Capability.MementoSkills, facts.Settings, facts.Maturity);
        return decision.IsAllowed
            ? (pattern.Fire(conversationId, now), decision)
            : (pattern with { LastReason = decision.Reason, NotBefore = null }, decision);
    }

    /// <summary>Decides by this service's copies, stores and says.</summary>
    public static async Task<GateDecision?> Now(
        FailurePattern pattern, Guid conversationId, DateTimeOffset now, IDocumentSession session, IPublishEndpoint bus, CancellationToken cancellation, bool isWanted = false)
    {
        var facts = await session.GateFactsAsync(pattern.AgentId, cancellation);
        var (after, decision) = Decide(pattern, facts, conversationId, now, isWanted);
        await Store(pattern, after, decision, facts, now, session, bus, cancellation);
        return decision;
    }

    /// <summary>Stores what was decided and says it: the detection, or a refusal where its reason is a new one.</summary>
    public static async Task Store(
        FailurePattern before, FailurePattern after, GateDecision? decision, GateFacts facts, DateTimeOffset now, IDocumentSession session, IPublishEndpoint bus, CancellationToken cancellation)
    {
        session.Store(after);
        if (decision is { IsAllowed: true })
            await SayDetected(after, [.. (await PatternEpisodes.NewestAsync(session, [after.Id], cancellation))[after.Id]], facts, bus, cancellation);
        else if (decision is not null)
            await SayRefused(before, decision, now, bus, cancellation);
    }

    public static Task SayDetected(FailurePattern fired, IReadOnlyList<PatternEpisode> episodes, GateFacts facts, IPublishEndpoint bus, CancellationToken cancellation) =>
        bus.Publish(
            fired.Detected(episodes) with { SettingsVersion = facts.SettingsVersion, MaturityVersion = facts.MaturityVersion },
            context => context.ConversationId = fired.ConversationId, cancellation);

    /// <summary>Once for the same reason.</summary>
    public static Task SayRefused(FailurePattern before, GateDecision decision, DateTimeOffset now, IPublishEndpoint bus, CancellationToken cancellation) =>
        before.LastReason == decision.Reason ? Task.CompletedTask : bus.Publish(new GateRefused
        {
            WorkspaceId = before.WorkspaceId,
            AgentId = before.AgentId,
            Capability = Capability.MementoSkills.Name,
            Reason = decision.Reason!,
            Detail = decision.Detail,
            Subject = $"pattern:{before.Id}",
            RefusedAt = now,
        }, cancellation);
}
