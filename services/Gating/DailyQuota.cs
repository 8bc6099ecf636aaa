using AutoDev.Contracts.Governance;
using AutoDev.ServiceDefaults.Persistence;
using Marten;

namespace AutoDev.Gating;

/// <summary>How often a capability was used in the workspace on one UTC day. Counted where it is used, in the service's own database.</summary>
public sealed record DailyQuota
{
    /// <summary><c>{capability}/{yyyy-MM-dd}</c>, see <see cref="Capability.CountedAs"/>.</summary>
    public required string Id { get; init; }

    /// <summary>Uses so far.</summary>
    public required int Used { get; init; }

    /// <summary>The id for a capability at a moment.</summary>
    public static string IdOf(Capability capability, DateTimeOffset now) => $"{capability.CountedAs}/{now.UtcDateTime:yyyy-MM-dd}";

    /// <summary>The next midnight UTC, when the count starts anew.</summary>
    public static DateTimeOffset ResetsAt(DateTimeOffset now) => new(now.UtcDateTime.Date.AddDays(1), TimeSpan.Zero);

    /// <summary>
    /// Asks the gate, and counts one use if it says yes. Exact under concurrency: callers for the same workspace, capability and day wait for one another
    /// until the session's transaction ends, and a use whose transaction fails was never counted.
    /// </summary>
    public static async Task<GateDecision> TakeAsync(
        IDocumentSession session, Capability capability, WorkspaceSettings? settings, Maturity maturity, DateTimeOffset now, CancellationToken cancellation)
    {
        var id = IdOf(capability, now);
        await session.LockAsync($"quota/{id}", cancellation);
        var used = (await session.LoadAsync<DailyQuota>(id, cancellation))?.Used ?? 0;
        var decision = Gate.Decide(capability, settings, maturity, used);
        if (decision.IsAllowed) session.Store(new DailyQuota { Id = id, Used = used + 1 });
        return decision;
    }
}
