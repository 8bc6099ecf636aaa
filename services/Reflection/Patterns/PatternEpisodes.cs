using AutoDev.Contracts.Reflection;
using AutoDev.Reflection.Episodes;
using AutoDev.ServiceDefaults.Persistence;
using Marten;
using Npgsql;
using NpgsqlTypes;

namespace AutoDev.Reflection.Patterns;

/// <summary>The facts of a pattern's failures: they lie with the episodes, and are read when a pattern fires or its candidate can be tested on them.</summary>
static class PatternEpisodes
{
    // A pattern's id is of its workspace: no tenant need be asked for.
    static readonly string Newest =
        $"""
         unnest($1) as wanted cross join lateral (
             select tenant_id, id, data, wanted as pattern from mt_doc_episode where cast(data ->> 'PatternId' as uuid) = wanted
             order by recorded_at desc, id desc limit {FailurePattern.MaxSaid}) e
         """;

    /// <summary>The newest failures of each of these patterns, oldest first, as far as they are stored.</summary>
    public static async Task<ILookup<Guid, PatternEpisode>> NewestAsync(IQuerySession session, Guid[] patterns, CancellationToken cancellation)
    {
        if (patterns.Length == 0) return Enumerable.Empty<PatternEpisode>().ToLookup(_ => Guid.Empty);
        var found = await session.LoadManyAsync<Episode, string>(
            $"select e.tenant_id, e.id, e.data from {Newest}", [new() { Value = patterns, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid }], cancellation);
        return found.Values.Reverse().ToLookup(e => e.PatternId!.Value, Of);
    }

    /// <summary>The newest failures that joined a pattern after this attempt began and have a known answer, oldest first.</summary>
    public static async Task<IReadOnlyList<PatternEpisode>> TestsAsync(IQuerySession session, FailurePattern pattern, CancellationToken cancellation)
    {
        var tests = await session.Query<Episode>()
            .Where(e => e.PatternId == pattern.Id && e.PatternAttempt == pattern.Attempt && e.ExpectedOutputJson != null)
            .OrderByDescending(e => e.RecordedAt).Take(FailurePattern.MaxSaid).ToListAsync(cancellation);
        return [.. tests.Reverse().Select(Of)];
    }

    /// <summary>The ids of the newest failures of each of these patterns, oldest first.</summary>
    public static async Task<ILookup<Guid, string>> IdsAsync(IQuerySession session, Guid[] patterns, CancellationToken cancellation)
    {
        if (patterns.Length == 0) return Enumerable.Empty<string>().ToLookup(_ => Guid.Empty);
        await using var command = new NpgsqlCommand($"select e.pattern, e.id from {Newest}") { Parameters = { new() { Value = patterns } } };
        await using var reader = await session.ExecuteReaderAsync(command, cancellation);
        var ids = new List<(Guid Pattern, string Id)>();
        while (await reader.ReadAsync(cancellation)) ids.Add((reader.GetGuid(0), reader.GetString(1)));
        return Enumerable.Reverse(ids).ToLookup(row => row.Pattern, row => row.Id);
    }

    /// <summary>The ids of the newest failures that a pattern's last attempt was made from.</summary>
    public static async Task<IReadOnlyList<string>> ToldAsync(IQuerySession session, FailurePattern pattern, CancellationToken cancellation) =>
        await session.Query<Episode>()
            .Where(e => e.PatternId == pattern.Id && (e.PatternAttempt == null || e.PatternAttempt < pattern.Attempt))
            .OrderByDescending(e => e.RecordedAt).ThenByDescending(e => e.Id).Take(FailurePattern.MaxSaid).Select(e => e.Id).ToListAsync(cancellation);

    /// <summary>Files these episodes under another pattern, at once: what is read in the session's transaction afterwards has it so.</summary>
    public static Task MoveAsync(IDocumentSession session, FailurePattern to, string[] episodes, CancellationToken cancellation) =>
        MoveAsync(session, "id = any($3)", episodes, to, cancellation);

    /// <summary>The same for all of a pattern.</summary>
    public static Task MoveAllAsync(IDocumentSession session, Guid from, FailurePattern to, CancellationToken cancellation) =>
        MoveAsync(session, "cast(data ->> 'PatternId' as uuid) = $3", from, to, cancellation);

    /// <summary>What a pattern consists of in the session's transaction; <c>null</c> where nothing is left.</summary>
    public static async Task<WhatStays?> StayingAsync(IQuerySession session, FailurePattern pattern, CancellationToken cancellation)
    {
        var all = session.Query<Episode>().Where(e => e.PatternId == pattern.Id);
        if (await all.OrderBy(e => e.RecordedAt).ThenBy(e => e.Id).FirstOrDefaultAsync(cancellation) is not { } first) return null;
        var newest = await all.OrderByDescending(e => e.RecordedAt).ThenByDescending(e => e.Id).Take(FailurePattern.MaxSaid).ToListAsync(cancellation);
        return new(first, [.. newest.Reverse()], await all.CountAsync(cancellation), await all.Where(e => e.PatternAttempt == pattern.Attempt).CountAsync(cancellation));
    }

    /// <summary>Pure.</summary>
    public static PatternEpisode Of(Episode episode) => new()
    {
        EpisodeId = episode.Id,
        TaskDescription = episode.TaskDescription,
        ErrorTrace = episode.ErrorTrace,
        ToolsAttempted = episode.ToolsAttempted,
        InputJson = episode.InputJson,
        ExpectedOutputJson = episode.ExpectedOutputJson,
    };

    static async Task MoveAsync(IDocumentSession session, string which, object value, FailurePattern to, CancellationToken cancellation)
    {
        await using var update = new NpgsqlCommand(
            $"""
             update {session.DocumentStore.Options.DatabaseSchemaName}.mt_doc_episode
             set data = data || jsonb_build_object('PatternId', $1::uuid, 'PatternAttempt', $4::int) where tenant_id = $2 and {which}
             """)
        {
            Parameters = { new() { Value = to.Id }, new() { Value = session.TenantId }, new() { Value = value }, new() { Value = to.Attempt } },
        };
        await session.ExecuteAsync(update, cancellation);
    }
}
