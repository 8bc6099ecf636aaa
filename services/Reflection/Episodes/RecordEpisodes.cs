using AutoDev.Contracts.Reflection;
using AutoDev.Embeddings;
using AutoDev.Gating;
using AutoDev.Reflection.Patterns;
using AutoDev.Reflection.Phrasings;
using AutoDev.ServiceDefaults;
using AutoDev.ServiceDefaults.Persistence;
using Marten;
using MassTransit;

namespace AutoDev.Reflection.Episodes;

/// <summary>A valid report, and what became of it.</summary>
sealed class ReportedEpisode(string workspace, Episode episode, string? traceParent = null)
{
    public string Workspace => workspace;

    public Episode Episode => episode;

    public Place<string> Place => new(workspace, episode.Id);

    public Place<string> Agent => new(workspace, episode.AgentId);

    public bool IsFailure => episode.Outcome != Outcome.Success;

    /// <summary>The sender's trace.</summary>
    public string? TraceParent => traceParent;

    /// <summary>Of the loop that may begin here.</summary>
    public Guid ConversationId { get; } = NewId.NextGuid();

    /// <summary>How a failure is put.</summary>
    public Phrasing Phrasing => field ??= Phrasing.Of(episode);

    /// <summary>The same for all failures of the agent that were put so.</summary>
    public Guid PhrasingId => field == default ? field = FiledPhrasing.IdOf(Agent, Phrasing) : field;

    /// <summary>Whether the workspace is known.</summary>
    public bool IsKnown { get; set; }

    /// <summary>Whether it was not recorded before.</summary>
    public bool IsNew { get; set; }
}

/// <summary>
/// Records episodes once, however often they are reported, files the failures among them under their patterns, and tells the others; all in the session's
/// commit. One at a time for an agent that failed, in parallel across agents and instances.
/// </summary>
sealed class RecordEpisodes(IDocumentSession session, IPublishEndpoint bus, PatternMemory patterns, PhrasingMemory memory, Meanings meanings, TimeProvider clock)
{
    public async Task RecordAsync(IReadOnlyList<ReportedEpisode> reports, CancellationToken cancellation)
    {
        await session.LockManyAsync(reports.Where(r => r.IsFailure).Select(r => new Place<string>(r.Workspace, ReconsiderPatternsConsumer.Lock)), cancellation, isShared: true);
        await session.LockManyAsync(reports.Where(r => r.IsFailure).Select(r => new Place<string>(r.Workspace, DetectPattern.LockOf(r.Episode.AgentId))), cancellation);
        var facts = await session.GateFactsAsync([.. reports.Select(r => r.Agent).Distinct()], cancellation);
        var seen = await session.FindManyAsync<Episode, string>([.. reports.Select(r => r.Place).Distinct()], cancellation);
        foreach (var report in reports)
        {
            report.IsKnown = facts[report.Agent].Settings is not null;
            report.IsNew = report.IsKnown && seen.Add(report.Place);
        }

        var fresh = reports.Where(r => r.IsNew).ToList();
        var filed = await DetectPattern.FileAsync([.. fresh.Where(r => r.IsFailure)], facts, clock.GetUtcNow(), patterns, memory, meanings, session, bus, cancellation);

        // Insert, so that of two reports at the same moment one fails, is tried again and then finds the other.
        session.InsertMany<Episode, string>([.. fresh.Select(r => (r.Place, filed.GetValueOrDefault(r.Place, r.Episode)))]);
        foreach (var report in fresh) await Say(report, cancellation);
    }

    async Task Say(ReportedEpisode report, CancellationToken cancellation)
    {
        using var activity = Telemetry.ContinueTrace(report.TraceParent, "record episode");
        if (report.IsFailure) await bus.Publish(Failed(report.Episode, report.Workspace), to => to.ConversationId = report.ConversationId, cancellation);
        else await bus.Publish(Succeeded(report.Episode, report.Workspace), to => to.ConversationId = report.ConversationId, cancellation);
    }

    static EpisodeFailed Failed(Episode episode, string workspace) => new()
    {
        WorkspaceId = workspace,
        EpisodeId = episode.Id,
        AgentId = episode.AgentId,
        TaskDescription = episode.TaskDescription,
        Outcome = episode.Outcome == Outcome.Partial ? "partial" : "failure",
        RecordedAt = episode.RecordedAt,
        ErrorTrace = episode.ErrorTrace,
        ToolsAttempted = episode.ToolsAttempted,
        InputJson = episode.InputJson,
        ExpectedOutputJson = episode.ExpectedOutputJson,
        HumanInterventions = episode.HumanInterventions,
        ConstitutionalScore = episode.ConstitutionalScore,
        UserFeedback = episode.UserFeedback,
        SkillsUsed = episode.SkillsUsed,
    };

    static EpisodeSucceeded Succeeded(Episode episode, string workspace) => new()
    {
        WorkspaceId = workspace,
        EpisodeId = episode.Id,
        AgentId = episode.AgentId,
        TaskDescription = episode.TaskDescription,
        RecordedAt = episode.RecordedAt,
        HumanInterventions = episode.HumanInterventions,
        ConstitutionalScore = episode.ConstitutionalScore,
        UserFeedback = episode.UserFeedback,
        SkillsUsed = episode.SkillsUsed,
    };
}
