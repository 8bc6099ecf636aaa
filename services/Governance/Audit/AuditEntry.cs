using System.Text.Json;

namespace AutoDev.Governance.Audit;

/// <summary>One decision of a person or a rule, kept for good: who, what, when, why, before and after.</summary>
public sealed record AuditEntry
{
    /// <summary>Time-ordered, so that its order is the log's.</summary>
    public required string Id { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The name of the key it was decided with, or of the rule (<c>graduation</c>, <c>registration</c>).</summary>
    public required string Actor { get; init; }

    /// <summary>
    /// Of Governance: <c>workspace_created</c>, <c>settings_changed</c>, <c>agent_registered</c>, <c>maturity_changed</c>, <c>api_key_issued</c>,
    /// <c>api_key_revoked</c>. Of others: whatever they say, see <see cref="Contracts.Governance.DecisionMade"/>.
    /// </summary>
    public required string Action { get; init; }

    /// <summary>What it is about: <c>settings</c>, <c>agent:{id}</c>, <c>api-key:{id}</c>, <c>candidate:{id}</c>, …</summary>
    public required string Subject { get; init; }

    /// <summary>Why, where somebody said so.</summary>
    public string? Reason { get; init; }

    /// <summary>JSON of what changed; <c>null</c> for something new.</summary>
    public JsonElement? Before { get; init; }

    /// <summary>JSON of what changed, from now on.</summary>
    public JsonElement? After { get; init; }

    /// <summary>Pure but for the random part of the id.</summary>
    public static AuditEntry Of(DateTimeOffset at, string actor, string action, string subject, string? reason, object? before, object? after) => new()
    {
        Id = Guid.CreateVersion7(at).ToString("N"),
        At = at,
        Actor = actor,
        Action = action,
        Subject = subject,
        Reason = reason,
        Before = before is null ? null : JsonSerializer.SerializeToElement(before),
        After = after is null ? null : JsonSerializer.SerializeToElement(after),
    };
}
