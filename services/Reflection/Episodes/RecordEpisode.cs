using System.Diagnostics;
using System.Text.Json;
using AutoDev.Contracts.Ingest;
using AutoDev.ServiceDefaults.Http;
using AutoDev.ServiceDefaults.Messaging;

namespace AutoDev.Reflection.Episodes;

/// <summary>Hears episodes on the bus.</summary>
sealed class RecordEpisodeConsumer(RecordEpisodes record, TimeProvider clock) : IBatchConsumer
{
    /// <summary>An agent's failures are filed one at a time.</summary>
    public static int LaneOf(Delivery message) => message.Read<EpisodeReport>()?.AgentId?.GetHashCode(StringComparison.Ordinal) ?? 0;

    public async Task ConsumeAsync(IReadOnlyList<Delivery> batch, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        var reports = new List<(Delivery Delivery, ReportedEpisode Episode)>(batch.Count);
        foreach (var delivery in batch)
        {
            if (delivery.Read<EpisodeReport>() is not { } report) continue;
            var (episode, errors) = ReadEpisode.From(report, now);
            if (episode is null) delivery.Failure = new InvalidMessageException(string.Join(" ", errors.Values));
            else reports.Add((delivery, new(report.WorkspaceId!, episode, delivery.TraceParent)));
        }

        await record.RecordAsync([.. reports.Select(r => r.Episode)], cancellation);
        foreach (var (delivery, episode) in reports.Where(r => !r.Episode.IsKnown))
            delivery.Failure = new NotYetKnownException($"workspace_id: there is no workspace '{episode.Workspace}'.");
    }
}

/// <summary>Hears episodes over HTTP.</summary>
static class RecordEpisode
{
    public const int MaxBatch = 500;

    /// <summary>One episode, or an array of up to 500; each is recorded or refused on its own.</summary>
    public static async Task<IResult> Post(
        string workspace, JsonElement? body, GroupCommit<ReportedEpisode> commit, TimeProvider clock, CancellationToken cancellation)
    {
        if (body is not { } reported) return Problem.Invalid("body", "An episode, or an array of them, is expected as JSON.");
        var isArray = reported.ValueKind == JsonValueKind.Array;
        if (isArray && reported.GetArrayLength() is 0 or > MaxBatch) return Problem.Invalid("body", $"A batch holds 1 to {MaxBatch} episodes.");

        var now = clock.GetUtcNow();
        var read = (isArray ? reported.EnumerateArray() : Enumerable.Repeat(reported, 1)).Select(item => Read(item, workspace, now)).ToList();
        var valid = read.Select(r => r.Episode).OfType<ReportedEpisode>().ToList();
        if (valid.Count > 0) await commit.CommitAsync(valid, cancellation);

        if (isArray) return TypedResults.Ok(new EpisodesRecorded([.. read.Select(Answer)]));
        var result = Answer(read[0]);
        if (result.Errors is { } errors) return Problem.Invalid(errors);
        return result.Status == "recorded"
            ? TypedResults.Created($"/workspaces/{workspace}/episodes/{Uri.EscapeDataString(result.EpisodeId!)}", result)
            : TypedResults.Ok(result);
    }

    static (ReportedEpisode? Episode, string? Id, IReadOnlyDictionary<string, string>? Errors) Read(JsonElement item, string workspace, DateTimeOffset now)
    {
        var (report, fault) = Parse(item);
        if (report is null) return (null, null, new Dictionary<string, string>(StringComparer.Ordinal) { ["body"] = fault! });
        if (report.WorkspaceId is not null && report.WorkspaceId != workspace)
            return (null, report.EpisodeId, new Dictionary<string, string>(StringComparer.Ordinal) { ["workspace_id"] = "workspace_id differs from the workspace of the path." });
        var (episode, errors) = ReadEpisode.From(report with { WorkspaceId = workspace }, now);
        return episode is null ? (null, report.EpisodeId, errors) : (new(workspace, episode, Activity.Current?.Id), report.EpisodeId, null);
    }

    static Recorded Answer((ReportedEpisode? Episode, string? Id, IReadOnlyDictionary<string, string>? Errors) read) =>
        new(read.Id, read.Episode is null ? "invalid" : read.Episode.IsNew ? "recorded" : "duplicate", read.Errors);

    static (EpisodeReport? Report, string? Fault) Parse(JsonElement item)
    {
        try
        {
            return item.ValueKind == JsonValueKind.Object ? (item.Deserialize<EpisodeReport>(Delivery.Json), null) : (null, "An episode is a JSON object.");
        }
        catch (JsonException e)
        {
            return (null, $"{e.Path} cannot be read: {e.Message}");
        }
    }

    /// <param name="EpisodeId">As reported.</param>
    /// <param name="Status">recorded, duplicate or invalid.</param>
    /// <param name="Errors">By property, where invalid.</param>
    internal sealed record Recorded(string? EpisodeId, string Status, IReadOnlyDictionary<string, string>? Errors);
}

/// <summary>What became of each episode of a batch, in their order.</summary>
sealed record EpisodesRecorded(IReadOnlyList<RecordEpisode.Recorded> Results);
