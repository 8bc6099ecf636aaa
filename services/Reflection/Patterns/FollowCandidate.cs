using AutoDev.Contracts.Memento;
using AutoDev.Gating;
using AutoDev.ServiceDefaults.Persistence;
using Marten;
using MassTransit;

namespace AutoDev.Reflection.Patterns;

/// <summary>
/// What became of a pattern: Memento's word on its candidates moves it on. Where an attempt came to nothing and there is more to go by now (failures that
/// joined meanwhile, or an example that proved the candidate wrong), the pattern fires again at once.
/// </summary>
public sealed class FollowCandidateConsumer(IDocumentSession session, TimeProvider clock)
    : IConsumer<SkillCandidateRefused>, IConsumer<SkillCandidateProposed>, IConsumer<SkillCandidateGenerationFailed>,
        IConsumer<SkillCandidateValidationFailed>, IConsumer<SkillCandidateApproved>, IConsumer<SkillCandidateRejected>
{
    public Task Consume(ConsumeContext<SkillCandidateRefused> context) =>
        Change(context.Message.PatternId, p => p.Refused(context.Message.Attempt, context.Message.Reason, context.Message.RetryAt), context,
            (pattern, cancellation) => LiftedAsync(pattern, context.Message, cancellation));

    public Task Consume(ConsumeContext<SkillCandidateProposed> context) => Change(context.Message.PatternId, p => p.Generating(), context);

    public Task Consume(ConsumeContext<SkillCandidateGenerationFailed> context) =>
        Change(context.Message.PatternId, p => p.CameToNothing(context.Message.Reason), context, FireIfDue);

    public Task Consume(ConsumeContext<SkillCandidateValidationFailed> context) =>
        Change(context.Message.PatternId, p => p.CameToNothing(context.Message.Reason), context, context.Message.Counterexamples > 0 ? FireAnyway : FireIfDue);

    public Task Consume(ConsumeContext<SkillCandidateApproved> context) => Resolve(context.Message.PatternId, context);

    public Task Consume(ConsumeContext<SkillCandidateRejected> context) =>
        Change(context.Message.PatternId, p => p.CameToNothing($"rejected: {context.Message.Reason}"), context);

    /// <summary>Of a pattern that became part of another one, it is the other one that is resolved.</summary>
    async Task Resolve(Guid patternId, ConsumeContext context)
    {
        var cancellation = context.CancellationToken;
        if (await session.LoadAsync<FailurePattern>(patternId, cancellation) is not { } seen) return;
        await session.LockAsync(DetectPattern.LockOf(seen.AgentId), cancellation);
        var pattern = (await session.LoadAsync<FailurePattern>(patternId, cancellation))!;
        while (pattern.MergedInto is { } into) pattern = (await session.LoadAsync<FailurePattern>(into, cancellation))!;
        session.Store(pattern.Resolve());
    }

    static Task<Next?> FireIfDue(FailurePattern pattern, CancellationToken cancellation) => Task.FromResult<Next?>(new Next(pattern, IsWanted: false));

    // There is more to go by, even without a new failure.
    static Task<Next?> FireAnyway(FailurePattern pattern, CancellationToken cancellation) => Task.FromResult<Next?>(new Next(pattern, IsWanted: true));

    /// <summary>A refusal by facts that have changed meanwhile does not hold; nobody would speak of them again.</summary>
    async Task<Next?> LiftedAsync(FailurePattern pattern, SkillCandidateRefused refused, CancellationToken cancellation)
    {
        var facts = await session.GateFactsAsync(pattern.AgentId, cancellation);
        return refused.RetryAt is null && facts.AreNewerThan(refused.SettingsVersion, refused.MaturityVersion) ? new(pattern with { NotBefore = null }, IsWanted: false) : null;
    }

    async Task Change(
        Guid patternId, Func<FailurePattern, FailurePattern> change, ConsumeContext context, Func<FailurePattern, CancellationToken, Task<Next?>>? tryAgain = null)
    {
        var cancellation = context.CancellationToken;
        if (await session.LoadAsync<FailurePattern>(patternId, cancellation) is not { } seen) return;
        await session.LockAsync(DetectPattern.LockOf(seen.AgentId), cancellation);
        var pattern = (await session.LoadAsync<FailurePattern>(patternId, cancellation))!;
        var changed = change(pattern);
        if (changed == pattern) return;

        session.Store(changed);
        if (changed.State == PatternState.Generating && changed.Grew(await PatternEpisodes.TestsAsync(session, changed, cancellation)) is { } grew)
            await context.Publish(grew, to => to.ConversationId = changed.ConversationId, cancellation);
        if (tryAgain is not null && await tryAgain(changed, cancellation) is { } next)
            await FirePattern.Now(next.Pattern, NewId.NextGuid(), clock.GetUtcNow(), session, context, cancellation, next.IsWanted);
    }

    /// <summary>A pattern that may fire now, and whether it need not be due for that.</summary>
    sealed record Next(FailurePattern Pattern, bool IsWanted);
}
