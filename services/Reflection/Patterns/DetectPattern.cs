using System.Security.Cryptography;
using System.Text;
using AutoDev.Contracts.Reflection;
using AutoDev.Gating;
using AutoDev.Reflection.Episodes;
using AutoDev.ServiceDefaults.Messaging;
using AutoDev.ServiceDefaults.Persistence;
using Marten;
using MassTransit;

namespace AutoDev.Reflection.Patterns;

/// <summary>Files each failure under the pattern of its task. One at a time for an agent, in parallel across agents.</summary>
public sealed class DetectPatternConsumer(IDocumentSession session, TimeProvider clock) : IConsumer<EpisodeFailed>
{
    public async Task Consume(ConsumeContext<EpisodeFailed> context)
    {
        var failed = context.Message;
        var cancellation = context.CancellationToken;
        if (await session.SettingsAsync(cancellation) is null) throw new NotYetKnownException($"There is no workspace '{failed.WorkspaceId}'.");

        await session.LockAsync(LockOf(failed.AgentId), cancellation);
        var episode = await session.LoadAsync<Episode>(failed.EpisodeId, cancellation) ?? throw new NotYetKnownException($"There is no episode '{failed.EpisodeId}'.");
        if (episode.PatternId is not null) return;

        var before = Decide(await OfAgent(session, failed.AgentId, failed.RecordedAt, cancellation), failed.WorkspaceId, episode);
        var filed = episode with { PatternId = before.Id, PatternAttempt = before.Attempt };
        session.Store(filed);
        await FirePattern.Now(before, context.ConversationId ?? NewId.NextGuid(), clock.GetUtcNow(), session, context, cancellation, joining: [filed]);
        if (before.Grew([PatternEpisodes.Of(filed)]) is { } grew) await context.Publish(grew, to => to.ConversationId = before.ConversationId, cancellation);
    }

    /// <summary>Pure: the pattern with this failure in it.</summary>
    internal static FailurePattern Decide(IReadOnlyList<FailurePattern> patterns, string workspaceId, Episode failure) =>
        OperatorsWord.Find(patterns.Where(p => p.TakesAt(failure.RecordedAt)), Phrasing.Of(failure)) is { } known
            ? known.Join(failure)
            : FailurePattern.Begin(IdOf(workspaceId, failure), workspaceId, failure);

    internal static string LockOf(string agentId) => $"patterns/{agentId}";

    static async Task<IReadOnlyList<FailurePattern>> OfAgent(IQuerySession session, string agentId, DateTimeOffset at, CancellationToken cancellation)
    {
        var oldest = at - FailurePattern.Window;
        return await session.Query<FailurePattern>().Where(p => p.AgentId == agentId && p.LastFailureAt >= oldest).ToListAsync(cancellation);
    }

    // By the first episode, so that a repeat begins the same one.
    static Guid IdOf(string workspaceId, Episode failure) =>
        new(SHA256.HashData(Encoding.UTF8.GetBytes($"{workspaceId}\n{failure.AgentId}\n{failure.Id}")).AsSpan(0, 16));
}
