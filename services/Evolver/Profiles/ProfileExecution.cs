using System.Text.Json;
using AutoDev.Contracts.Governance;
using AutoDev.Contracts.Reflection;
using AutoDev.Evolver.Catalog;
using AutoDev.Evolver.Experiments;
using AutoDev.Evolver.Needs;
using AutoDev.Gating;
using AutoDev.ServiceDefaults.Messaging;
using AutoDev.ServiceDefaults.Persistence;
using Marten;
using MassTransit;

namespace AutoDev.Evolver.Profiles;

/// <summary>
/// Counts an execution into its version's profile, once, and where it shows a need begins an experiment, or keeps why none begins. A refusal is said once a day
/// for each profile, agent and reason. An execution of a version that is not published yet counts too: it may only have overtaken the news.
/// </summary>
sealed class ProfileExecutionConsumer(IDocumentSession session, Turns turns, TimeProvider clock) : IConsumer<SkillExecuted>
{
    public async Task Consume(ConsumeContext<SkillExecuted> context)
    {
        var execution = context.Message;
        var cancellation = context.CancellationToken;
        if (await session.SettingsAsync(cancellation) is null) throw new NotYetKnownException($"There is no workspace '{execution.WorkspaceId}'.");
        var now = clock.GetUtcNow();
        var id = SkillVersion.IdOf(execution.SkillName, execution.SkillVersion);
        await session.LockAsync($"profile/{id}", cancellation);
        if (await session.LoadAsync<CountedExecution>(execution.ExecutionId, cancellation) is not null) return;

        // Insert: the same id under two versions at once ends on the key, and the slower one finds it at its next attempt.
        session.Insert(new CountedExecution(execution.ExecutionId, id, execution.RecordedAt));
        var profile = await session.LoadAsync<SkillProfile>(id, cancellation) ?? SkillProfile.Unused(execution.SkillName, execution.SkillVersion);
        var counted = Count(profile, execution, now);
        session.Store(counted);

        var reasons = OptimizationNeed.ReasonsOf(execution);
        if (reasons.Count == 0) return;

        var turn = turns.Begin(execution.WorkspaceId, session, context, cancellation);
        var wish = new Wish(NewId.NextGuid(), execution.SkillName, OptimizationNeed.MainReason(reasons), "system:trigger", turn.Options.Iterations)
        {
            Version = execution.SkillVersion, AgentId = execution.AgentId,
        };
        var facts = await session.GateFactsAsync(execution.AgentId, cancellation);
        var answer = await BeginExperiment.TryAsync(turn, wish, Capability.AlphaEvolver, facts, counted);
        var known = await session.LoadAsync<OptimizationNeed>(OptimizationNeed.IdOf(id, execution.AgentId, answer, now), cancellation);
        session.Store(OptimizationNeed.Add(known, id, execution, reasons, answer, now));
        if (answer.Refused is { } refused && known is null)
        {
            await context.Publish(
                new GateRefused
                {
                    WorkspaceId = execution.WorkspaceId, AgentId = execution.AgentId, Capability = Capability.AlphaEvolver.Name,
                    Reason = refused.Reason!, Detail = refused.Detail, Subject = $"skill:{id}", RefusedAt = now,
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
