using AutoDev.ServiceDefaults.Persistence;
using Marten;
using MassTransit;
using Microsoft.Extensions.Options;
using Npgsql;

namespace AutoDev.Fitness.Scores;

/// <summary>Settings of scores, section <c>Scores</c>.</summary>
public sealed class ScoreOptions
{
    /// <summary>How long external signals are waited for, from when a subject's owner first spoke of it; then it is evaluated as it is. A workspace may say otherwise.</summary>
    public TimeSpan EvaluateAfter { get; set; } = TimeSpan.FromDays(7);

    /// <summary>How often it is looked for what is due.</summary>
    public TimeSpan LookEvery { get; set; } = TimeSpan.FromSeconds(10);
}

/// <summary>
/// Brings scores up to date that no message does: those that waited long enough, those by earlier weights, those that an earlier version of this service
/// stored. Each is a transaction of its own, and what is left to do is seen in the subjects themselves: after a crash it goes on where it was.
/// </summary>
sealed class KeepScores(
    IServiceProvider services, IDocumentStore store, IBusControl bus, IOptions<ScoreOptions> options, TimeProvider clock, ILogger<KeepScores> logger)
    : BackgroundService
{
    const int AtATime = 200;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        await bus.WaitForHealthStatus(BusHealthStatus.Healthy, stoppingToken);
        using var timer = new PeriodicTimer(options.Value.LookEvery, clock);
        do
        {
            try
            {
                await LookAsync(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                logger.LogWarning("Scores could not be brought up to date; the next look is in {Interval}: {Reason}", options.Value.LookEvery, e.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    async Task LookAsync(CancellationToken stop)
    {
        for (var (found, done) = (AtATime, 1); found == AtATime && done > 0;)
        {
            var due = await DueAsync(stop);
            (found, done) = (due.Count, 0);
            foreach (var (workspace, id, isOverdue) in due)
            {
                if (await BringUpToDateAsync(workspace, id, isOverdue, stop)) done++;
            }
        }
    }

    async Task<IReadOnlyList<(string Workspace, string Id, bool IsOverdue)>> DueAsync(CancellationToken stop)
    {
        await using var query = store.QuerySession(Workspace.None);
        await using var select = new NpgsqlCommand(
            $"""
             (select tenant_id, id, true from mt_doc_subject s where waiting_since <= $1
              and not exists (select from mt_doc_evaluationdeadline d where d.tenant_id = s.tenant_id) limit {AtATime})
             union all
             (select s.tenant_id, s.id, true from mt_doc_evaluationdeadline d join mt_doc_subject s
              on s.tenant_id = d.tenant_id and s.waiting_since <= $2 - cast(d.data ->> 'Days' as double precision) * interval '1 day' limit {AtATime})
             union all
             (select s.tenant_id, s.id, false from mt_doc_signalweights w join mt_doc_subject s
              on s.tenant_id = w.tenant_id and s.weights_version < cast(w.data ->> 'Version' as integer) limit {AtATime})
             union all
             (select tenant_id, id, false from mt_doc_subject where weights_version is null limit {AtATime})
             limit {AtATime}
             """)
        {
            Parameters =
            {
                new() { Value = clock.GetUtcNow().ToUniversalTime() - options.Value.EvaluateAfter }, new() { Value = clock.GetUtcNow().ToUniversalTime() },
            },
        };
        await using var reader = await query.ExecuteReaderAsync(select, stop);
        var due = new List<(string, string, bool)>();
        while (await reader.ReadAsync(stop)) due.Add((reader.GetString(0), reader.GetString(1), reader.GetBoolean(2)));
        return due;
    }

    async Task<bool> BringUpToDateAsync(string workspace, string id, bool isOverdue, CancellationToken stop)
    {
        try
        {
            await using var scope = services.CreateAsyncScope();
            scope.ServiceProvider.GetRequiredService<Workspace>().Id = workspace;
            var session = scope.ServiceProvider.GetRequiredService<IDocumentSession>();
            var now = clock.GetUtcNow();
            await session.ChangeAsync(
                scope.ServiceProvider.GetRequiredService<IPublishEndpoint>(), id, [], s => isOverdue ? s.Evaluate(Subject.Deadline, now) : s, now, stop);
            await session.SaveChangesAsync(stop);
            return true;
        }
        catch (Exception e) when (!stop.IsCancellationRequested)
        {
            logger.LogWarning("The score of {Subject} in {Workspace} is brought up to date later: {Reason}", id, workspace, e.Message);
            return false;
        }
    }
}
