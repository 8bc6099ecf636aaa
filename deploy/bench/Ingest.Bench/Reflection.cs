using System.Diagnostics;
using System.Net.Http.Headers;
using AutoDev.Bus.Bench;
using AutoDev.Contracts.Governance;
using AutoDev.Contracts.Reflection;
using AutoDev.Testing;
using MassTransit;
using Npgsql;

namespace AutoDev.Ingest.Bench;

/// <summary>The service in a process of its own, with workspaces and agents as Governance would have announced them, and queues that hear what it says.</summary>
sealed class Reflection(ServiceProcess process, RawBroker broker, NpgsqlDataSource database, HttpClient http) : IAsyncDisposable
{
    const string Queue = "reflection-record-episode", Failed = "bench-failed", Succeeded = "bench-succeeded", Detected = "bench-detected";
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    public static string DatabaseOf(TestInstallation installation)
    {
        var connection = new NpgsqlConnectionStringBuilder(installation.Settings["ConnectionStrings:postgres"]);
        connection.Database += "_reflection";
        return connection.ConnectionString;
    }

    public static async Task<Reflection> StartAsync(TestInstallation installation, RawBroker broker, Workload workload)
    {
        await broker.DeclareAsync(Failed, typeof(EpisodeFailed));
        await broker.DeclareAsync(Succeeded, typeof(EpisodeSucceeded));
        await broker.DeclareAsync(Detected, typeof(FailurePatternDetected));
        var process = new ServiceProcess("reflection", FreePort.Find(), Path.Combine(Path.GetTempPath(), $"ingest-bench-{Environment.ProcessId}.log"), installation.Settings);
        process.Start();
        await process.ReadyAsync();
        var http = new HttpClient { BaseAddress = process.Address, DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", TestInstallation.AdminKey) } };
        var reflection = new Reflection(process, broker, NpgsqlDataSource.Create(DatabaseOf(installation)), http);
        await reflection.AnnounceAsync(installation, workload);
        return reflection;
    }

    /// <summary>
    /// Fills the queue while the service waits for a table, lets it go, and measures until all is done; then counts everything.
    /// </summary>
    /// <returns>Episodes per second, and microseconds of the service's processor time for each.</returns>
    public async Task<(double Rate, double Cpu)> IngestAsync(IReadOnlyList<Episode> episodes)
    {
        var before = await CountAsync();
        long begun;
        TimeSpan cpu;
        await using (var connection = await database.OpenConnectionAsync())
        await using (var hold = await connection.BeginTransactionAsync())
        {
            await using var table = new NpgsqlCommand("lock table mt_doc_episode in access exclusive mode", connection);
            await table.ExecuteNonQueryAsync();
            await broker.PublishAsync(Queue, [.. episodes.Select(e => e.Json)]);
            (begun, cpu) = (Stopwatch.GetTimestamp(), process.ProcessorTime);
            await hold.RollbackAsync();
        }

        var seconds = await DoneAsync(episodes, before, begun);
        return (episodes.Count / seconds, (process.ProcessorTime - cpu).TotalMicroseconds / episodes.Count);
    }

    /// <summary>The same over HTTP, from the first request to the last event at the broker.</summary>
    public async Task<double> PostAsync(IReadOnlyList<Episode> episodes, int clients, int atOnce)
    {
        var before = await CountAsync();
        var bodies = episodes.GroupBy(e => e.Workspace).SelectMany(w => w.Chunk(atOnce).Select(some => (w.Key, Body: Array(some)))).ToList();
        var begun = Stopwatch.GetTimestamp();
        await Parallel.ForEachAsync(bodies, new ParallelOptions { MaxDegreeOfParallelism = clients }, async (request, cancellation) =>
        {
            using var content = new ByteArrayContent(request.Body) { Headers = { ContentType = new("application/json") } };
            using var answer = await http.PostAsync(new Uri($"workspaces/{request.Key}/episodes", UriKind.Relative), content, cancellation);
            answer.EnsureSuccessStatusCode();
        });
        return episodes.Count / await DoneAsync(episodes, before, begun);
    }

    public async Task<long> PatternsAsync() => (await CountAsync()).Patterns;

    public async ValueTask DisposeAsync()
    {
        await process.DisposeAsync();
        await database.DisposeAsync();
        http.Dispose();
    }

    async Task<double> DoneAsync(IReadOnlyList<Episode> episodes, Counts before, long begun)
    {
        var (failures, successes) = (episodes.Count(e => e.IsFailure), episodes.Count(e => !e.IsFailure));
        long end = 0;
        await Eventually.IsTrueAsync("everything to be said and nothing to be left", async () =>
        {
            end = Stopwatch.GetTimestamp();
            return await broker.CountAsync(Failed) >= failures && await broker.CountAsync(Succeeded) >= successes && await IsEmptyAsync();
        }, Patience);
        var after = await CountAsync();
        Expect("episodes", episodes.Count, after.Episodes - before.Episodes);
        Expect("failures under a pattern", failures, after.Filed - before.Filed);
        Expect("failures that patterns count", failures, after.Counted - before.Counted);
        Expect("EpisodeFailed", failures, await broker.CountAsync(Failed));
        Expect("EpisodeSucceeded", successes, await broker.CountAsync(Succeeded));
        Expect("FailurePatternDetected", after.Fired - before.Fired, await broker.CountAsync(Detected));
        Expect("waiting messages", 0, await broker.CountAsync(Queue));
        foreach (var queue in new[] { Failed, Succeeded, Detected }) await broker.PurgeAsync(queue);
        return Stopwatch.GetElapsedTime(begun, end).TotalSeconds;
    }

    async Task AnnounceAsync(TestInstallation installation, Workload workload)
    {
        var bus = MassTransit.Bus.Factory.CreateUsingRabbitMq(rabbit => rabbit.Host(installation.Broker));
        await bus.StartAsync();
        foreach (var workspace in workload.Agents.Select(a => a.Workspace).Distinct(StringComparer.Ordinal))
        {
            await bus.Publish(new WorkspaceSettingsChanged
            {
                WorkspaceId = workspace, Version = 1, Settings = new() { Enabled = true }, ChangedBy = "bench", ChangedAt = DateTimeOffset.UtcNow,
            });
        }

        await Task.WhenAll(workload.Agents.Select(a => bus.Publish(new AgentMaturityChanged
        {
            WorkspaceId = a.Workspace, AgentId = a.Agent, Version = 1, Maturity = Maturity.Intern, Reason = "bench", ChangedBy = "bench", ChangedAt = DateTimeOffset.UtcNow,
        })));
        await bus.StopAsync();
        await Eventually.IsTrueAsync("the agents to be known", async () => await ScalarAsync("select count(*) from mt_doc_agentreplica") == workload.Agents.Count, Patience);
    }

    async Task<bool> IsEmptyAsync() => await broker.CountAsync(Queue) == 0 && await ScalarAsync("select count(*) from outbox") == 0;

    async Task<Counts> CountAsync() => new(
        await ScalarAsync("select count(*) from mt_doc_episode"),
        await ScalarAsync("select count(*) from mt_doc_episode where data ->> 'PatternId' is not null"),
        await ScalarAsync("select count(*) from mt_doc_failurepattern"),
        await ScalarAsync("select coalesce(sum((data ->> 'FailureCount')::bigint), 0)::bigint from mt_doc_failurepattern"),
        await ScalarAsync("select coalesce(sum((data ->> 'Attempt')::bigint), 0)::bigint from mt_doc_failurepattern"));

    async Task<long> ScalarAsync(string sql)
    {
        await using var command = database.CreateCommand(sql);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    static void Expect(string what, long expected, long actual)
    {
        if (expected != actual) throw new InvalidOperationException($"{what}: {expected} were expected, there are {actual}.");
    }

    static byte[] Array(Episode[] some) => some.Length == 1 ? some[0].Json : [(byte)'[', .. some.SelectMany((e, i) => i == 0 ? e.Json : [(byte)',', .. e.Json]), (byte)']'];

    sealed record Counts(long Episodes, long Filed, long Patterns, long Counted, long Fired);
}
