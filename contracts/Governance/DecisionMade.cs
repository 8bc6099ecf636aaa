namespace AutoDev.Contracts.Governance;

/// <summary>Somebody decided something in one of the services: an entry for the audit log, said in the same commit as what was decided.</summary>
public sealed record DecisionMade
{
    /// <summary>The tenant; <c>*</c> for a decision about the whole installation.</summary>
    public required string WorkspaceId { get; init; }

    /// <summary>Time-ordered (a UUID of version 7); a repeated message has the same, and is the same entry.</summary>
    public required Guid DecisionId { get; init; }

    /// <summary>The name of the key it was decided with, or of the rule.</summary>
    public required string Actor { get; init; }

    /// <summary>What was done, such as <c>candidate_approved</c>.</summary>
    public required string Action { get; init; }

    /// <summary>What it is about, such as <c>candidate:{id}</c>.</summary>
    public required string Subject { get; init; }

    /// <summary>Why, where somebody said so.</summary>
    public string? Reason { get; init; }

    /// <summary>JSON of what changed; <c>null</c> for something new.</summary>
    public string? BeforeJson { get; init; }

    /// <summary>JSON of what changed, from now on.</summary>
    public string? AfterJson { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset DecidedAt { get; init; }
}
