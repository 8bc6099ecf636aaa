using AutoDev.Contracts.Fitness;
using AutoDev.ServiceDefaults.Persistence;
using Marten;
using MassTransit;
using Microsoft.Extensions.Options;
using Npgsql;

namespace AutoDev.Fitness.Outcomes;

/// <summary>Settings of outcomes, section <c>Outcomes</c>.</summary>
public sealed class OutcomeOptions
{
    /// <summary>How often it is looked for drops.</summary>
    public TimeSpan LookEvery { get; set; } = TimeSpan.FromMinutes(1);
}

/// <summary>
/// Looks where outcomes became worse, in the newest of every series that has new ones. A drop is stored and said (<see cref="FitnessDropped"/>) in one
/// transaction under the series' lock; after a start everything is looked at once.
/// </summary>
sealed class WatchOutcomes(
    IServiceProvider services, IDocumentStore store, IBusControl bus, IOptions<OutcomeOptions> options, TimeProvider clock, ILogger<WatchOutcomes> logger)
    : BackgroundService
{
    const int Newest = 200;

    // A transaction's rows are seen when it commits, which is after the time that they carry.
    static readonly TimeSpan LongestTransaction = TimeSpan.FromMinutes(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        await bus.WaitForHealthStatus(BusHealthStatus.Healthy, stoppingToken);
        using var timer = new PeriodicTimer(options.Value.LookEvery, clock);
        var seen = clock.GetUtcNow().AddDays(-ForgetOutcomes.KeptDays);
        do
        {
            try
            {
                var now = clock.GetUtcNow();
                foreach (var series in await NewSinceAsync(seen - LongestTransaction, stoppingToken)) await LookAsync(series, now, stoppingToken);
                seen = now;
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                logger.LogWarning("Outcomes could not be looked at; the next look is in {Interval}: {Reason}", options.Value.LookEvery, e.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    async Task<IReadOnlyList<Series>> NewSinceAsync(DateTimeOffset since, CancellationToken stop)
    {
        await using var query = store.QuerySession(Workspace.None);
        await using var select = new NpgsqlCommand(
            $"select distinct tenant_id, skill, of_version, kind from {OutcomeTable.WithVersion} n where recorded_at > $1 and of_version is not null")
        {
            Parameters = { new() { Value = since.ToUniversalTime() } },
        };
        await using var reader = await query.ExecuteReaderAsync(select, stop);
        var found = new List<Series>();
        while (await reader.ReadAsync(stop)) found.Add(new(reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetString(3)));
        return found;
    }

    async Task LookAsync(Series series, DateTimeOffset now, CancellationToken stop)
    {
        await using var scope = services.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<Workspace>().Id = series.Workspace;
        var session = scope.ServiceProvider.GetRequiredService<IDocumentSession>();
        await session.LockAsync($"drop/{series.Skill}@{series.Version}/{series.Kind}", stop);
        var last = await session.Query<FoundDrop>()
            .Where(d => d.Skill == series.Skill && d.Version == series.Version && d.Kind == series.Kind)
            .OrderByDescending(d => d.Since).FirstOrDefaultAsync(stop);
        if (FoundDrop.Decide(series, await NewestAsync(session, series, last?.Since ?? DateTimeOffset.MinValue, stop), now) is not { } drop) return;

        session.Insert(drop);
        await scope.ServiceProvider.GetRequiredService<IPublishEndpoint>().Publish(drop.Say(series.Workspace), stop);
        await session.SaveChangesAsync(stop);
    }

    static async Task<IReadOnlyList<(DateTimeOffset At, double Value)>> NewestAsync(
        IQuerySession session, Series series, DateTimeOffset since, CancellationToken stop)
    {
        await using var select = OutcomeTable.Command(
            session,
            $"""
             select at, value from {OutcomeTable.WithVersion} n
             where tenant_id = $1 and skill = $2 and of_version = $3 and kind = $4 and at >= $5 order by at desc, id desc limit {Newest}
             """, series.Skill, series.Version, series.Kind, since.ToUniversalTime());
        await using var reader = await session.ExecuteReaderAsync(select, stop);
        var found = new List<(DateTimeOffset, double)>();
        while (await reader.ReadAsync(stop)) found.Add((reader.GetFieldValue<DateTimeOffset>(0), reader.GetDouble(1)));
        found.Reverse();
        return found;
    }
}
