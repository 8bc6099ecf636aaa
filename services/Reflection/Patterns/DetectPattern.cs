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
        var patterns = await OfAgent(session, failed.AgentId, failed.RecordedAt, cancellation);
        if (patterns.Any(p => p.Has(failed.EpisodeId))) return;

        var pattern = Decide(patterns, failed);
        if (await session.LoadAsync<Episode>(failed.EpisodeId, cancellation) is { } episode) session.Store(episode with { PatternId = pattern.Id });
        await FirePattern.Now(pattern, context.ConversationId ?? NewId.NextGuid(), clock.GetUtcNow(), session, context, cancellation);
        if (pattern.Grown() is { } grown) await context.Publish(grown, to => to.ConversationId = pattern.ConversationId, cancellation);
    }

    /// <summary>Pure: the pattern with this failure in it.</summary>
    internal static FailurePattern Decide(IReadOnlyList<FailurePattern> patterns, EpisodeFailed failed)
    {
        var failure = new Failure(Fact(failed), failed.RecordedAt);
        return SameTask.Find(patterns.Where(p => p.TakesAt(failure.At)), failure) is { } known
            ? known.Join(failure)
            : FailurePattern.Begin(IdOf(failed), failed.WorkspaceId, failed.AgentId, failure);
    }

    internal static string LockOf(string agentId) => $"patterns/{agentId}";

    static async Task<IReadOnlyList<FailurePattern>> OfAgent(IQuerySession session, string agentId, DateTimeOffset at, CancellationToken cancellation)
    {
        var oldest = at - FailurePattern.Window;
        return await session.Query<FailurePattern>().Where(p => p.AgentId == agentId && p.LastFailureAt >= oldest).ToListAsync(cancellation);
    }

    static Guid IdOf(EpisodeFailed failed) =>
        new(SHA256.HashData(Encoding.UTF8.GetBytes($"{failed.WorkspaceId}\n{failed.AgentId}\n{failed.EpisodeId}")).AsSpan(0, 16));

    static PatternEpisode Fact(EpisodeFailed failed) => new()
    {
        EpisodeId = failed.EpisodeId,
        TaskDescription = failed.TaskDescription,
        ErrorTrace = failed.ErrorTrace,
        ToolsAttempted = failed.ToolsAttempted,
        InputJson = failed.InputJson,
        ExpectedOutputJson = failed.ExpectedOutputJson,
    };
}
