using System.Text.Json;
using AutoDev.Contracts.Governance;
using AutoDev.Contracts.Reflection;
using AutoDev.Evolver.Catalog;
using AutoDev.Evolver.Needs;
using AutoDev.Gating;
using AutoDev.ServiceDefaults.Messaging;
using AutoDev.ServiceDefaults.Persistence;
using Marten;
using MassTransit;

namespace AutoDev.Evolver.Profiles;

/// <summary>
/// Counts an execution into its version's profile, once, and where it shows a need asks the gate and keeps the answer. A refusal is said once a day for
/// each profile, agent and reason. An execution of a version that is not published yet counts too: it may only have overtaken the news.
/// </summary>
sealed class ProfileExecutionConsumer(IDocumentSession session, TimeProvider clock) : IConsumer<SkillExecuted>
{
    public async Task Consume(ConsumeContext<SkillExecuted> context)
    {
        var execution = context.Message;
        var cancellation = context.CancellationToken;
        var settings = await session.SettingsAsync(cancellation) ?? throw new NotYetKnownException($"There is no workspace '{execution.WorkspaceId}'.");
        var now = clock.GetUtcNow();
        var id = SkillVersion.IdOf(execution.SkillName, execution.SkillVersion);
        await session.LockAsync($"profile/{id}", cancellation);
        if (await session.LoadAsync<CountedExecution>(execution.ExecutionId, cancellation) is not null) return;

        // Insert: the same id under two versions at once ends on the key, and the slower one finds it at its next attempt.
        session.Insert(new CountedExecution(execution.ExecutionId, id, execution.RecordedAt));
        var profile = await session.LoadAsync<SkillProfile>(id, cancellation) ?? SkillProfile.Unused(execution.SkillName, execution.SkillVersion);
        session.Store(Count(profile, execution, now));

        var reasons = OptimizationNeed.ReasonsOf(execution);
        if (reasons.Count == 0) return;

        // Nothing is mutated yet, so nothing is taken from the daily limit.
        var decision = Gate.Decide(Capability.AlphaEvolver, settings, (await session.GateFactsAsync(execution.AgentId, cancellation)).Maturity);
        var known = await session.LoadAsync<OptimizationNeed>(OptimizationNeed.IdOf(id, execution.AgentId, decision, now), cancellation);
        session.Store(OptimizationNeed.Add(known, id, execution, reasons, decision, now));
        if (decision.Reason is { } reason && known is null)
        {
            await context.Publish(
                new GateRefused
                {
                    WorkspaceId = execution.WorkspaceId, AgentId = execution.AgentId, Capability = Capability.AlphaEvolver.Name,
                    Reason = reason, Detail = decision.Detail, Subject = $"skill:{id}", RefusedAt = now,
                },
                cancellation);
        }
    }

    static SkillProfile Count(SkillProfile profile, SkillExecuted execution, DateTimeOffset now)
    {
        try
        {
            return profile.Add(execution, now);
        }
        catch (JsonException e)
        {
            throw new InvalidMessageException($"The input of execution '{execution.ExecutionId}' is not JSON: {e.Message}");
        }
    }
}
