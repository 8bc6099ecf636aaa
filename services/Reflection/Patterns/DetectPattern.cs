using System.Security.Cryptography;
using System.Text;
using AutoDev.Embeddings;
using AutoDev.Gating;
using AutoDev.Reflection.Episodes;
using AutoDev.Reflection.Phrasings;
using AutoDev.ServiceDefaults;
using AutoDev.ServiceDefaults.Persistence;
using Marten;
using MassTransit;

namespace AutoDev.Reflection.Patterns;

/// <summary>Files failures under the patterns of their tasks, and lets a pattern fire that is due by that. The agents' locks are held by the caller.</summary>
static class DetectPattern
{
    /// <summary>The key under which an agent's patterns are changed by one at a time.</summary>
    public static string LockOf(string agentId) => $"patterns/{agentId}";

    /// <summary>Stores the patterns and says what follows, with the session's commit.</summary>
    /// <param name="failures">New episodes, in their order.</param>
    /// <param name="facts">Of every agent among them.</param>
    /// <param name="now">The moment.</param>
    /// <param name="patterns">As this process knows them.</param>
    /// <param name="memory">How the agents' failures were put.</param>
    /// <param name="meanings">What they mean.</param>
    /// <param name="session">Of the commit.</param>
    /// <param name="bus">Of the commit.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>The episodes with their patterns, to be stored.</returns>
    public static async Task<IReadOnlyDictionary<Place<string>, Episode>> FileAsync(
        IReadOnlyList<ReportedEpisode> failures, IReadOnlyDictionary<Place<string>, GateFacts> facts, DateTimeOffset now, PatternMemory patterns,
        PhrasingMemory memory, Meanings meanings, IDocumentSession session, IPublishEndpoint bus, CancellationToken cancellation)
    {
        if (failures.Count == 0) return new Dictionary<Place<string>, Episode>();
        var candidates = await PatternCandidates.LoadAsync(session, patterns, memory, meanings, failures, cancellation);
        var steps = failures.Select(f => Decide(candidates, f, facts[f.Agent], now)).ToList();
        candidates.Store(session, memory, meanings);

        var stored = await PatternEpisodes.NewestAsync(session, [.. steps.Where(s => s.HasFired).Select(s => s.After.Id)], cancellation);
        for (var i = 0; i < steps.Count; i++)
        {
            var step = steps[i];
            if (step.HasFired)
            {
                var joined = steps.Take(i + 1).Where(s => s.After.Id == step.After.Id).Select(s => PatternEpisodes.Of(s.Episode));
                using var activity = Telemetry.ContinueTrace(failures[i].TraceParent, "fire pattern");
                await FirePattern.SayDetected(step.After, [.. stored[step.After.Id].Concat(joined).TakeLast(FailurePattern.MaxSaid)], step.Facts, bus, cancellation);
            }
            else if (step.Decision is { } refused)
            {
                await FirePattern.SayRefused(step.Before, refused, now, bus, cancellation);
            }
        }

        foreach (var joined in steps.Where(s => s.Before.State == PatternState.Generating).GroupBy(s => s.After.Id))
        {
            if (joined.First().Before.Grew(joined.Select(s => PatternEpisodes.Of(s.Episode))) is { } grew)
                await bus.Publish(grew, to => to.ConversationId = joined.First().Before.ConversationId, cancellation);
        }

        return steps.ToDictionary(s => new Place<string>(s.After.WorkspaceId, s.Episode.Id), s => s.Episode);
    }

    /// <summary>Pure but for the candidates, which know the pattern from now on as it is with this failure in it.</summary>
    internal static Step Decide(PatternCandidates candidates, ReportedEpisode failure, GateFacts facts, DateTimeOffset now)
    {
        var before = candidates.Find(failure) is { } known
            ? known.Join(failure.Episode, failure.Phrasing)
            : FailurePattern.Begin(IdOf(failure), failure.Workspace, failure.Episode);
        var (after, decision) = FirePattern.Decide(before, facts, failure.ConversationId, now);
        candidates.Put(after, failure);
        return new(failure.Episode with { PatternId = before.Id, PatternAttempt = before.Attempt }, before, after, decision, facts);
    }

    // By the first episode, so that a repeat begins the same one.
    static Guid IdOf(ReportedEpisode failure) =>
        new(SHA256.HashData(Encoding.UTF8.GetBytes($"{failure.Workspace}\n{failure.Episode.AgentId}\n{failure.Episode.Id}")).AsSpan(0, 16));

    /// <summary>What one failure did.</summary>
    /// <param name="Episode">With its pattern.</param>
    /// <param name="Before">The pattern with the failure in it.</param>
    /// <param name="After">The same after the gate was asked.</param>
    /// <param name="Decision">The gate's, where it was asked.</param>
    /// <param name="Facts">By which it decided.</param>
    internal sealed record Step(Episode Episode, FailurePattern Before, FailurePattern After, GateDecision? Decision, GateFacts Facts)
    {
        public bool HasFired => Decision is { IsAllowed: true };
    }
}
