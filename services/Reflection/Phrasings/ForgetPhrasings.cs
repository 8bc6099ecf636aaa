using AutoDev.Reflection.Patterns;
using AutoDev.ServiceDefaults.Persistence;
using Marten;
using Npgsql;

namespace AutoDev.Reflection.Phrasings;

/// <summary>Forgets how failures were put whose pattern takes no more: it is past, or became something else.</summary>
sealed class ForgetPhrasings(IDocumentStore store, TimeProvider clock, ILogger<ForgetPhrasings> logger)
    : ForgetRegularly("Phrasings", TimeSpan.FromHours(1), clock, logger)
{
    /// <summary>Returns how many.</summary>
    public static async Task<int> ForgetAsync(IDocumentStore store, DateTimeOffset now, CancellationToken cancellation)
    {
        await using var session = store.LightweightSession();
        await using var forget = new NpgsqlCommand(
            $"""
             delete from {PhrasingTable.Name} f using mt_doc_failurepattern p
             where p.tenant_id = f.tenant_id and p.id = f.pattern_id
             and (p.data ->> 'State' in ('{nameof(PatternState.Resolved)}', '{nameof(PatternState.Merged)}') or p.last_failure_at < $1)
             """)
        {
            Parameters = { new() { Value = now - FailurePattern.Window } },
        };
        return await session.ExecuteAsync(forget, cancellation);
    }

    protected override Task ForgetAsync(DateTimeOffset now, CancellationToken cancellation) => ForgetAsync(store, now, cancellation);
}
