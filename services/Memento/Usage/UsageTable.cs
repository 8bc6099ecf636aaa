using System.Data.Common;
using System.Security.Cryptography;
using System.Text;
using AutoDev.Contracts.Reflection;
using Marten;
using Marten.Storage;
using Npgsql;
using NpgsqlTypes;
using Weasel.Core;
using Weasel.Postgresql;
using Weasel.Postgresql.Tables;
using Weasel.Storage;
using ICommandBuilder = Weasel.Postgresql.ICommandBuilder;
using IStorageOperation = Marten.Internal.Operations.IStorageOperation;

namespace AutoDev.Memento.Usage;

/// <summary>How much a skill was used.</summary>
/// <param name="Calls">Executions.</param>
/// <param name="Failures">Those that did not succeed.</param>
/// <param name="LastUsedAt">The newest; absent where there is none.</param>
public sealed record UsageSummary(long Calls, long Failures, DateTimeOffset? LastUsedAt);

/// <summary>
/// Executions are counted, not kept: a row for each version, agent and day, one for each skill, and for a month the id of each execution, so that none
/// counts twice. All in one statement with the commit of the message. What is counted for a version that is not published yet is its own as soon as it is.
/// </summary>
static class UsageTable
{
    public const string Totals = "skill_usage", Days = "skill_usage_days", Counted = "counted_executions";

    public static void AddUsageTables(this StoreOptions options)
    {
        var totals = TableOf(Totals);
        totals.AddColumn("tenant_id", "varchar").AsPrimaryKey();
        totals.AddColumn("skill", "varchar").AsPrimaryKey();
        totals.AddColumn("calls", "bigint").NotNull();
        totals.AddColumn("failures", "bigint").NotNull();
        totals.AddColumn("last_used_at", "timestamptz").NotNull();

        var days = TableOf(Days);
        foreach (var key in new[] { "tenant_id", "skill", "version", "agent_id" }) days.AddColumn(key, "varchar").AsPrimaryKey();
        days.AddColumn("day", "date").AsPrimaryKey();
        foreach (var count in new[] { "calls", "failures", "retries", "tokens" }) days.AddColumn(count, "bigint").NotNull();
        days.AddColumn("seconds", "integer[]").NotNull();
        days.AddColumn("last_used_at", "timestamptz").NotNull();
        days.Indexes.Add(new IndexDefinition($"{Days}_of_day") { Columns = ["day"] });

        var counted = TableOf(Counted);
        counted.AddColumn("id", "uuid").AsPrimaryKey();
        counted.AddColumn("counted_on", "date").NotNull();
        counted.Indexes.Add(new IndexDefinition($"{Counted}_of_day") { Columns = ["counted_on"] });
        foreach (var table in new[] { totals, days, counted }) options.Storage.ExtendedSchemaObjects.Add(table);

        Table TableOf(string name) => new(new PostgresqlObjectName(options.DatabaseSchemaName, name, SchemaUtils.IdentifierUsage.General));
    }

    /// <summary>With the session's commit: counts the execution, unless one of its id was counted before.</summary>
    public static void Count(this IDocumentSession session, SkillExecuted execution) => session.QueueOperation(new CountOne(execution));

    /// <summary>How much each version of a skill was used, as far as days are kept.</summary>
    public static async Task<Dictionary<string, UsageSummary>> OfVersionsAsync(IQuerySession session, string skill, CancellationToken cancellation)
    {
        await using var sum = new NpgsqlCommand(
            $"select version, sum(calls)::bigint, sum(failures)::bigint, max(last_used_at) from {Days} where tenant_id = $1 and skill = $2 group by version")
        {
            Parameters = { new() { Value = session.TenantId }, new() { Value = skill } },
        };
        await using var reader = await session.ExecuteReaderAsync(sum, cancellation);
        var found = new Dictionary<string, UsageSummary>(StringComparer.Ordinal);
        while (await reader.ReadAsync(cancellation)) found[reader.GetString(0)] = new(reader.GetInt64(1), reader.GetInt64(2),
            reader.GetFieldValue<DateTimeOffset>(3));
        return found;
    }

    sealed class CountOne(SkillExecuted execution) : IStorageOperation, NoDataReturnedCall
    {
        public Type DocumentType => typeof(StorageFeatures);

        public OperationRole Role() => OperationRole.Other;

        public void ConfigureCommand(ICommandBuilder builder, IStorageSession session)
        {
            builder.Append("with said as (select ");
            Value(IdOf(execution), NpgsqlDbType.Uuid, "id");
            Value(execution.WorkspaceId, NpgsqlDbType.Varchar, "tenant_id");
            Value(execution.SkillName, NpgsqlDbType.Varchar, "skill");
            Value(execution.SkillVersion, NpgsqlDbType.Varchar, "version");
            Value(execution.AgentId, NpgsqlDbType.Varchar, "agent_id");
            Value(DateOnly.FromDateTime(execution.RecordedAt.UtcDateTime), NpgsqlDbType.Date, "day");
            Value(execution.Success ? 0L : 1L, NpgsqlDbType.Bigint, "failures");
            Value((long)execution.Retries, NpgsqlDbType.Bigint, "retries");
            Value((long)execution.TokenUsage, NpgsqlDbType.Bigint, "tokens");
            Value(SecondsHistogram.BoundOf(execution.ExecutionSeconds), NpgsqlDbType.Integer, "bound");
            Value(execution.RecordedAt.ToUniversalTime(), NpgsqlDbType.TimestampTz, "at", "), ");
            builder.Append(
                $"""
                 first as (insert into {Counted} (id, counted_on) select id, current_date from said on conflict do nothing returning id),
                 total as (
                     insert into {Totals} as t (tenant_id, skill, calls, failures, last_used_at)
                     select tenant_id, skill, 1, failures, at from said where exists (select from first)
                     on conflict (tenant_id, skill) do update set
                         calls = t.calls + 1, failures = t.failures + excluded.failures, last_used_at = greatest(t.last_used_at, excluded.last_used_at))
                 insert into {Days} as d (tenant_id, skill, version, agent_id, day, calls, failures, retries, tokens, seconds, last_used_at)
                 select tenant_id, skill, version, agent_id, day, 1, failures, retries, tokens, array_fill(1, array[1], array[bound]), at
                 from said where exists (select from first)
                 on conflict (tenant_id, skill, version, agent_id, day) do update set
                     calls = d.calls + 1, failures = d.failures + excluded.failures, retries = d.retries + excluded.retries,
                     tokens = d.tokens + excluded.tokens,
                     seconds[array_lower(excluded.seconds, 1)] = coalesce(d.seconds[array_lower(excluded.seconds, 1)], 0) + 1,
                     last_used_at = greatest(d.last_used_at, excluded.last_used_at)
                 """);

            void Value<T>(T value, NpgsqlDbType type, string column, string then = ", ")
            {
                builder.AppendParameter(value, type);
                builder.Append($" as {column}{then}");
            }
        }

        public Task PostprocessAsync(DbDataReader reader, IList<Exception> exceptions, CancellationToken token) => Task.CompletedTask;

        static Guid IdOf(SkillExecuted execution) =>
            new(SHA256.HashData(Encoding.UTF8.GetBytes($"{execution.WorkspaceId}\n{execution.ExecutionId}")).AsSpan(0, 16));
    }
}
