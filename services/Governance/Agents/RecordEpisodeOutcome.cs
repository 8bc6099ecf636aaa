using AutoDev.Contracts.Reflection;
using AutoDev.Governance.Workspaces;
using AutoDev.ServiceDefaults.Messaging;
using AutoDev.ServiceDefaults.Persistence;
using Marten;
using MassTransit;

namespace AutoDev.Governance.Agents;

/// <summary>
/// Every episode counts once for its agent, and the one that closes the last gap graduates it. An agent's first episode registers it as a STUDENT.
/// </summary>
sealed class RecordEpisodeOutcomeConsumer(IDocumentSession session, TimeProvider clock) : IConsumer<EpisodeFailed>, IConsumer<EpisodeSucceeded>
{
    public Task Consume(ConsumeContext<EpisodeFailed> context)
    {
        var said = context.Message;
        return Record(context, said.WorkspaceId, said.AgentId, said.EpisodeId, said.HumanInterventions, said.ConstitutionalScore);
    }

    public Task Consume(ConsumeContext<EpisodeSucceeded> context)
    {
        var said = context.Message;
        return Record(context, said.WorkspaceId, said.AgentId, said.EpisodeId, said.HumanInterventions, said.ConstitutionalScore);
    }

    async Task Record(ConsumeContext context, string workspaceId, string agentId, string episodeId, int humanInterventions, double? constitutionalScore)
    {
        var cancellation = context.CancellationToken;
        if (string.IsNullOrWhiteSpace(agentId) || string.IsNullOrWhiteSpace(episodeId)) throw new InvalidMessageException("The episode names no agent or has no id.");
        if (constitutionalScore is < 0 or > 1 or double.NaN) throw new InvalidMessageException($"A constitutional score is from 0 to 1, not {constitutionalScore}.");
        var workspace = await session.LoadAsync<GovernedWorkspace>(workspaceId, cancellation)
            ?? throw new InvalidMessageException($"There is no workspace {workspaceId}.");

        await session.LockAsync(Agent.SubjectOf(agentId), cancellation);
        if (await session.LoadAsync<CountedEpisode>(episodeId, cancellation) is not null) return;

        var now = clock.GetUtcNow();
        var known = await session.LoadAsync<Agent>(agentId, cancellation);
        var before = known ?? Agent.Register(workspaceId, agentId, Contracts.Governance.Maturity.Student, $"First episode {episodeId}", Agent.Registration, now);
        var after = before.After(humanInterventions, constitutionalScore, now);

        // Not Store: should two agents claim one episode at the same moment, the second fails here, and its retry finds it counted.
        session.Insert(new CountedEpisode { Id = episodeId });
        await session.StoreAndSayAsync(context, known, after, workspace.Settings, cancellation);
    }
}

/// <summary>An episode that has been counted, whatever message says it again.</summary>
public sealed record CountedEpisode
{
    /// <summary>The episode.</summary>
    public required string Id { get; init; }
}
