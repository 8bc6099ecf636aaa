using AutoDev.Embeddings;
using AutoDev.Memento.Catalog;
using AutoDev.ServiceDefaults.Persistence;
using Marten;
using MassTransit;
using Npgsql;

namespace AutoDev.Memento.Search;

/// <summary>
/// Has the meanings told that are missing: of skills that an earlier version published, of those whose meaning another model told, and of those that were
/// published while the model did not answer.
/// </summary>
sealed class TellMeanings(IDocumentStore store, IBusControl bus, Meanings meanings, TimeProvider clock, ILogger<TellMeanings> logger) : BackgroundService
{
    const int AtOnce = 100;
    static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    /// <summary>Returns how many were told.</summary>
    public static async Task<int> TellAsync(IDocumentStore store, Meanings meanings, CancellationToken cancellation)
    {
        var told = 0;
        while (true)
        {
            var missing = await FindAsync(store, meanings.Model, cancellation);
            var before = told;
            foreach (var (workspace, names) in missing.GroupBy(m => m.Workspace, m => m.Id, StringComparer.Ordinal).Select(g => (g.Key, g.ToList())))
            {
                await using var session = store.LightweightSession(workspace);
                foreach (var skill in await session.LoadManyAsync<Skill>(cancellation, names))
                    told += await TellAsync(session, skill, meanings, cancellation) ? 1 : 0;
            }

            if (told == before) return told;
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        await bus.WaitForHealthStatus(BusHealthStatus.Healthy, stoppingToken); // the tables are made
        using var timer = new PeriodicTimer(Interval, clock);
        do
        {
            try
            {
                await TellAsync(store, meanings, stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                logger.LogWarning("Meanings of skills are told later: {Reason}", e.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    static async Task<bool> TellAsync(IDocumentSession session, Skill skill, Meanings meanings, CancellationToken cancellation)
    {
        if (SkillIndexTable.TextOf(skill) is { } text && (await meanings.OfAsync([text], cancellation))[0].Length == 0) return false;

        // As it is under its lock: whoever changes it at the same time indexes it too.
        await session.LockAsync(PublishSkill.LockOf(skill.Name), cancellation);
        await session.IndexAsync((await session.LoadAsync<Skill>(skill.Name, cancellation))!, meanings, cancellation);
        await session.SaveChangesAsync(cancellation);
        return true;
    }

    static async Task<List<Place<string>>> FindAsync(IDocumentStore store, string model, CancellationToken cancellation)
    {
        await using var session = store.QuerySession(Workspace.None);
        await using var find = new NpgsqlCommand(
            $"""
             select s.tenant_id, s.id from mt_doc_skill s left join {SkillIndexTable.Name} i on i.tenant_id = s.tenant_id and i.name = s.id
             where i.name is null or (i.text is not null and i.model <> $1) limit {AtOnce}
             """)
        {
            Parameters = { new() { Value = model } },
        };
        await using var reader = await session.ExecuteReaderAsync(find, cancellation);
        var found = new List<Place<string>>();
        while (await reader.ReadAsync(cancellation)) found.Add(new(reader.GetString(0), reader.GetString(1)));
        return found;
    }
}
