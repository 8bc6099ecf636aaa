using System.Diagnostics.Metrics;
using AutoDev.ServiceDefaults.Persistence;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using NpgsqlTypes;

namespace AutoDev.ServiceDefaults.Retention;

/// <summary>
/// Forgets, hourly, what the service's <see cref="RetentionRule"/>s allow; one instance at a time. In portions, each a transaction of its own that locks only rows nobody
/// else has: whoever writes meanwhile waits for nothing.
/// </summary>
public sealed class ForgetOld : ForgetRegularly
{
    // Any number that nothing else in the database uses.
    const long Turn = 0x7265_7465_6e74_696f;
    const int AtOnce = 500;

    static readonly Meter Meter = new("AutoDev");
    static readonly Counter<long> Forgotten = Meter.CreateCounter<long>("autodev.retention.forgotten", "{row}", "Rows deleted because they were old");

    readonly IReadOnlyList<RetentionRule> _rules;
    readonly IConfiguration _configuration;
    readonly StoreConnection _store;
    readonly ILogger<ForgetOld> _logger;

    /// <exception cref="InvalidOperationException">A setting cannot be read: better no start than too much forgotten.</exception>
    internal ForgetOld(IEnumerable<RetentionRule> rules, IConfiguration configuration, StoreConnection store, TimeProvider clock, ILogger<ForgetOld> logger)
        : base("What is old", TimeSpan.FromHours(1), clock, logger)
    {
        (_rules, _configuration, _store, _logger) = ([.. rules], configuration, store, logger);
        foreach (var workspace in configuration.GetSection("Retention:Workspaces").GetChildren().Select(w => w.Key).Prepend(null))
            foreach (var rule in _rules) rule.KeptFor(configuration, workspace);
    }

    /// <summary>Forgets what is past at this moment. Returns how many rows; 0 where another instance is at it.</summary>
    public async Task<long> RunAsync(DateTimeOffset now, CancellationToken cancellation)
    {
        await using var database = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(_store.ConnectionString) { Pooling = false, ApplicationName = "retention" }.ConnectionString);
        await database.OpenAsync(cancellation);
        await using (var turn = new NpgsqlCommand("select pg_try_advisory_lock($1)", database) { Parameters = { new() { Value = Turn } } })
            if (await turn.ExecuteScalarAsync(cancellation) is not true) return 0; // it lives as long as the connection

        var all = 0L;
        foreach (var rule in _rules)
        {
            var count = 0L;
            foreach (var workspace in await WorkspacesAsync(database, rule, cancellation))
                if (rule.KeptFor(_configuration, workspace) is { } kept) count += await ForgetAsync(database, rule, workspace, now - kept, cancellation);
            if (count == 0) continue;
            all += count;
            Forgotten.Add(count, new KeyValuePair<string, object?>("kind", rule.Name));
            _logger.LogInformation("{Count} rows of {Kind} were old and are forgotten", count, rule.Name);
        }

        return all;
    }

    /// <inheritdoc />
    protected override Task ForgetAsync(DateTimeOffset now, CancellationToken cancellation) => RunAsync(now, cancellation);

    /// <summary>By steps through the key, not through all rows.</summary>
    static async Task<List<string>> WorkspacesAsync(NpgsqlConnection database, RetentionRule rule, CancellationToken cancellation)
    {
        await using var find = new NpgsqlCommand(
            $"""
             with recursive found as (
               (select tenant_id from {rule.Table} order by tenant_id limit 1)
               union all select (select tenant_id from {rule.Table} where tenant_id > found.tenant_id order by tenant_id limit 1) from found where found.tenant_id is not null)
             select tenant_id from found where tenant_id is not null
             """, database);
        await using var reader = await find.ExecuteReaderAsync(cancellation);
        var workspaces = new List<string>();
        while (await reader.ReadAsync(cancellation)) workspaces.Add(reader.GetString(0));
        return workspaces;
    }

    /// <summary>Oldest first, each portion from where the one before ended: what is old and still needed is passed over once.</summary>
    static async Task<long> ForgetAsync(NpgsqlConnection database, RetentionRule rule, string workspace, DateTimeOffset before, CancellationToken cancellation)
    {
        var (all, from) = (0L, DateTime.MinValue);
        while (true)
        {
            await using var delete = new NpgsqlCommand(
                $"""
                 with old as (
                   select ctid, {rule.Age} as age from {rule.Table} t where tenant_id = $1 and {rule.Age} >= $2 and {rule.Age} < $3 and not ({rule.Needed})
                   order by {rule.Age} limit {AtOnce} for update skip locked),
                 gone as (delete from {rule.Table} t using old where t.ctid = old.ctid)
                 select count(*), max(age) from old
                 """, database);
            delete.Parameters.Add(new() { Value = workspace });
            delete.Parameters.Add(new() { Value = DateTime.SpecifyKind(from, DateTimeKind.Utc), NpgsqlDbType = NpgsqlDbType.TimestampTz });
            delete.Parameters.Add(new() { Value = before.UtcDateTime, NpgsqlDbType = NpgsqlDbType.TimestampTz });
            await using var reader = await delete.ExecuteReaderAsync(cancellation);
            await reader.ReadAsync(cancellation);
            var count = reader.GetInt64(0);
            all += count;
            if (count < AtOnce) return all;
            from = reader.GetDateTime(1);
        }
    }
}

/// <summary>What a service forgets, by name.</summary>
public static class RetentionRegistration
{
    /// <summary>Adds rules to what <see cref="ForgetOld"/> goes through.</summary>
    public static void AddRetention(this IServiceCollection services, params IEnumerable<RetentionRule> rules)
    {
        foreach (var rule in rules) services.AddSingleton(rule);
    }

    internal static void AddForgetting(this IServiceCollection services)
    {
        services.AddSingleton(p => new ForgetOld(
            p.GetServices<RetentionRule>(), p.GetRequiredService<IConfiguration>(), p.GetRequiredService<StoreConnection>(), p.GetRequiredService<TimeProvider>(), p.GetRequiredService<ILogger<ForgetOld>>()));
        services.AddHostedService(p => p.GetRequiredService<ForgetOld>());
    }
}
