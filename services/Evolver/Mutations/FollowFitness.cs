using System.Globalization;
using AutoDev.Contracts.Fitness;
using AutoDev.Evolver.Experiments;
using AutoDev.Gating;
using AutoDev.ServiceDefaults.Persistence;
using Marten;
using MassTransit;
using Microsoft.Extensions.Options;

namespace AutoDev.Evolver.Mutations;

/// <summary>
/// <c>auto_promote</c>: approves a mutation without a person where the workspace allows it, its agent is AUTONOMOUS, the background evolution is on and its
/// fitness is excellent. That nothing regressed is what it passed for. Without a score it waits for review.
/// </summary>
sealed class FollowFitnessConsumer(IDocumentSession session, IOptions<EvolutionOptions> options, TimeProvider clock) : IConsumer<FitnessScored>
{
    const double LeastScore = 0.9;
    const string Prefix = "mutation:";
    const string By = "system:auto_promote";

    public async Task Consume(ConsumeContext<FitnessScored> context)
    {
        var (scored, cancellation) = (context.Message, context.CancellationToken);
        if (scored.Score < LeastScore || !scored.Subject.StartsWith(Prefix, StringComparison.Ordinal)) return;
        if (!Guid.TryParse(scored.Subject[Prefix.Length..], out var id)) return;

        await session.LockAsync(Mutation.LockOf(id), cancellation);
        if (await session.LoadAsync<Mutation>(id, cancellation) is not { Status: MutationStatus.Passed, AgentId: { } agent } mutation) return;
        if (!MayPromote(await session.GateFactsAsync(agent, cancellation))) return;

        var reason = string.Create(CultureInfo.InvariantCulture, $"Fitness {scored.Score:0.00} of {scored.SignalCount} signals, and {mutation.Detail}");
        await ReviewMutation.CarryOutAsync(
            scored.WorkspaceId, mutation, new(true, By, reason, clock.GetUtcNow()), session, context, options.Value, cancellation);
    }

    /// <summary>Pure: whether the workspace and the agent's maturity allow it.</summary>
    internal static bool MayPromote(GateFacts facts) =>
        facts.Settings is { AutoPromote: true } && Gate.Decide(Capability.BackgroundEvolution, facts.Settings, facts.Maturity).IsAllowed;
}
