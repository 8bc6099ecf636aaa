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
        Change(context.Message.PatternId, p => p.Refused(context.Message.Attempt, context.Message.Reason, context.Message.RetryAt), context);

    public Task Consume(ConsumeContext<SkillCandidateProposed> context) => Change(context.Message.PatternId, p => p.Generating(), context);

    public Task Consume(ConsumeContext<SkillCandidateGenerationFailed> context) =>
        Change(context.Message.PatternId, p => p.CameToNothing(context.Message.Reason), context, tryAgain: true);

    public Task Consume(ConsumeContext<SkillCandidateValidationFailed> context) =>
        Change(context.Message.PatternId, p => p.CameToNothing(context.Message.Reason), context, tryAgain: true, isWiser: context.Message.Counterexamples > 0);

    public Task Consume(ConsumeContext<SkillCandidateApproved> context) => Change(context.Message.PatternId, p => p.Resolve(), context);

    public Task Consume(ConsumeContext<SkillCandidateRejected> context) =>
        Change(context.Message.PatternId, p => p.CameToNothing($"rejected: {context.Message.Reason}"), context);

    async Task Change(Guid patternId, Func<FailurePattern, FailurePattern> change, ConsumeContext context, bool tryAgain = false, bool isWiser = false)
    {
        var cancellation = context.CancellationToken;
        if (await session.LoadAsync<FailurePattern>(patternId, cancellation) is not { } seen) return;
        await session.LockAsync(DetectPatternConsumer.LockOf(seen.AgentId), cancellation);
        var pattern = (await session.LoadAsync<FailurePattern>(patternId, cancellation))!;
        var changed = change(pattern);
        session.Store(changed);
        if (changed != pattern && changed.Grown() is { } grown) await context.Publish(grown, to => to.ConversationId = changed.ConversationId, cancellation);
        if (tryAgain && changed != pattern && await session.SettingsAsync(cancellation) is { } settings)
            await FirePattern.Now(changed, settings, NewId.NextGuid(), clock.GetUtcNow(), session, context, cancellation, isWanted: isWiser);
    }
}
