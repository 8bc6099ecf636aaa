using AutoDev.ServiceDefaults.Persistence;
using Marten;
using Microsoft.Extensions.Options;
using Npgsql;

namespace AutoDev.Memento.Mcp;

/// <summary>Forgets calls that were answered, and sessions that nobody came back to. The executions themselves are the Evolver's.</summary>
sealed class ForgetCalls(IDocumentStore store, IOptions<McpOptions> options, TimeProvider clock, ILogger<ForgetCalls> logger)
    : ForgetRegularly("Calls", TimeSpan.FromMinutes(10), clock, logger)
{
    /// <summary>Returns how many. A call that is not answered is kept as long as a session, since its answer is still to be reported.</summary>
    public static async Task<int> ForgetAsync(IDocumentStore store, McpOptions options, DateTimeOffset now, CancellationToken cancellation)
    {
        await using var session = store.LightweightSession();
        await using var forget = new NpgsqlCommand(
            $"""
             with calls as (
                 delete from mt_doc_skillcall where mt_last_modified < $1 and (data ->> 'Status' <> '{SkillCall.Running}' or mt_last_modified < $2) returning 1),
             sessions as (delete from mt_doc_mcpsession where mt_last_modified < $2 returning 1)
             select (select count(*) from calls) + (select count(*) from sessions)
             """)
        {
            Parameters = { new() { Value = now - options.CallsKept }, new() { Value = now - options.SessionsKept } },
        };
        await using var reader = await session.ExecuteReaderAsync(forget, cancellation);
        await reader.ReadAsync(cancellation);
        return (int)reader.GetInt64(0);
    }

    protected override Task ForgetAsync(DateTimeOffset now, CancellationToken cancellation) => ForgetAsync(store, options.Value, now, cancellation);
}
