using AutoDev.Contracts.Reflection;
using AutoDev.Contracts.SandboxRunner;
using AutoDev.ServiceDefaults.Messaging;
using AutoDev.ServiceDefaults.Persistence;
using Marten;
using MassTransit;

namespace AutoDev.Memento.Candidates;

/// <summary>
/// Failures that came after the generator had its examples are tests that it cannot have seen: the waiting candidate is run on them too.
/// One wrong answer ends it, and the pattern's next attempt sees that example.
/// </summary>
public sealed class ReexamineCandidateConsumer(IDocumentSession session, TimeProvider clock) : IConsumer<FailurePatternGrew>
{
    /// <inheritdoc />
    public async Task Consume(ConsumeContext<FailurePatternGrew> context)
    {
        var (grew, cancellation) = (context.Message, context.CancellationToken);
        var id = CandidateId.Of(grew.PatternId, grew.Attempt);
        await session.LockAsync($"candidate/{id}", cancellation);
        var candidate = await session.LoadAsync<SkillCandidate>(id, cancellation) ?? throw new NotYetKnownException($"Candidate {id} of pattern {grew.PatternId} is not known.");

        var (next, run) = Decide(candidate, grew, clock.GetUtcNow());
        session.Store(next);
        if (run is not null) await context.Publish(run);
    }

    /// <summary>Pure: a validated candidate goes back to the sandbox; one that is on its way there is run again when it arrives.</summary>
    internal static (SkillCandidate Next, RunInSandbox? Run) Decide(SkillCandidate candidate, FailurePatternGrew grew, DateTimeOffset now)
    {
        if (!candidate.IsOnItsWay) return (candidate, null);
        var tested = candidate.WithTests(grew.Episodes);
        return tested.Status == CandidateStatus.Validated && tested.HasNewTests ? ValidationPlan.Ask(tested, grew.WorkspaceId, now) : (tested, null);
    }
}
