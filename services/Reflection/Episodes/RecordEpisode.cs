using System.Text.Json;
using AutoDev.Contracts.Ingest;
using AutoDev.Contracts.Reflection;
using AutoDev.Gating;
using AutoDev.ServiceDefaults;
using AutoDev.ServiceDefaults.Http;
using AutoDev.ServiceDefaults.Messaging;
using Marten;
using MassTransit;

namespace AutoDev.Reflection.Episodes;

/// <summary>Records an episode once, however often it is reported, and tells the others.</summary>
public sealed class RecordEpisodeConsumer(IDocumentSession session, TimeProvider clock) : IConsumer<EpisodeReport>
{
    public async Task Consume(ConsumeContext<EpisodeReport> context)
    {
        using var activity = context.ContinueTrace("record episode");

        var (episode, errors) = ReadEpisode.From(context.Message, clock.GetUtcNow());
        if (episode is null) throw new InvalidMessageException(string.Join(" ", errors.Values));
        if (await session.SettingsAsync(context.CancellationToken) is null)
            throw new NotYetKnownException($"workspace_id: there is no workspace '{context.Message.WorkspaceId}'.");

        await RecordEpisode.Once(episode, context.Message.WorkspaceId!, session, context, context.CancellationToken);
    }
}

static class RecordEpisode
{
    public const int MaxBatch = 500;

    /// <summary>One episode, or an array of up to 500; each is recorded or refused on its own.</summary>
    public static async Task<IResult> Post(
        string workspace, JsonElement? body, IDocumentSession session, IPublishEndpoint bus, TimeProvider clock, CancellationToken cancellation)
    {
        if (body is not { } reported) return Problem.Invalid("body", "An episode, or an array of them, is expected as JSON.");
        if (reported.ValueKind == JsonValueKind.Array)
        {
            if (reported.GetArrayLength() is 0 or > MaxBatch) return Problem.Invalid("body", $"A batch holds 1 to {MaxBatch} episodes.");
            var results = new List<Recorded>();
            foreach (var item in reported.EnumerateArray()) results.Add(await Record(item, workspace, session, bus, clock, cancellation));
            await session.SaveChangesAsync(cancellation);
            return TypedResults.Ok(new EpisodesRecorded(results));
        }

        var result = await Record(reported, workspace, session, bus, clock, cancellation);
        if (result.Errors is { } errors) return Problem.Invalid(errors);
        await session.SaveChangesAsync(cancellation);
        return result.Status == "recorded"
            ? TypedResults.Created($"/workspaces/{workspace}/episodes/{Uri.EscapeDataString(result.EpisodeId!)}", result)
            : TypedResults.Ok(result);
    }

    /// <returns>Whether it is new.</returns>
    internal static async Task<bool> Once(Episode episode, string workspace, IDocumentSession session, IPublishEndpoint bus, CancellationToken cancellation)
    {
        if (await session.LoadAsync<Episode>(episode.Id, cancellation) is not null) return false;

        // Insert, so that of two reports at the same moment one fails, is tried again and then finds the other.
        session.Insert(episode);
        if (episode.Outcome == Outcome.Success) await bus.Publish(Succeeded(episode, workspace), cancellation);
        else await bus.Publish(Failed(episode, workspace), cancellation);
        return true;
    }

    static async Task<Recorded> Record(JsonElement item, string workspace, IDocumentSession session, IPublishEndpoint bus, TimeProvider clock, CancellationToken cancellation)
    {
        var (report, fault) = Parse(item);
        if (report is null) return new(null, "invalid", new Dictionary<string, string>(StringComparer.Ordinal) { ["body"] = fault! });
        if (report.WorkspaceId is not null && report.WorkspaceId != workspace)
            return new(report.EpisodeId, "invalid", new Dictionary<string, string>(StringComparer.Ordinal) { ["workspace_id"] = "workspace_id differs from the workspace of the path." });
        var (episode, errors) = ReadEpisode.From(report with { WorkspaceId = workspace }, clock.GetUtcNow());
        if (episode is null) return new(report.EpisodeId, "invalid", errors);
        var pending = session.PendingChanges.InsertsFor<Episode>().Any(e => e.Id == episode.Id);
        return new(episode.Id, !pending && await Once(episode, workspace, session, bus, cancellation) ? "recorded" : "duplicate", null);
    }

    static (EpisodeReport? Report, string? Fault) Parse(JsonElement item)
    {
        try
        {
            return item.ValueKind == JsonValueKind.Object ? (item.Deserialize<EpisodeReport>(), null) : (null, "An episode is a JSON object.");
        }
        catch (JsonException e)
        {
            return (null, $"{e.Path} cannot be read: {e.Message}");
        }
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

    /// <param name="EpisodeId">As reported.</param>
    /// <param name="Status">recorded, duplicate or invalid.</param>
    /// <param name="Errors">By property, where invalid.</param>
    internal sealed record Recorded(string? EpisodeId, string Status, IReadOnlyDictionary<string, string>? Errors);
}

/// <summary>What became of each episode of a batch, in their order.</summary>
sealed record EpisodesRecorded(IReadOnlyList<RecordEpisode.Recorded> Results);
