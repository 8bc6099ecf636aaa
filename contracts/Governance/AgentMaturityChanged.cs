namespace AutoDev.Contracts.Governance;

/// <summary>An agent was registered, graduated or was set to another maturity. Carries the whole state, so that the newest message alone is enough.</summary>
public sealed record AgentMaturityChanged
{
    /// <summary>The tenant.</summary>
    public required string WorkspaceId { get; init; }

    /// <summary>The agent.</summary>
    public required string AgentId { get; init; }

    /// <summary>Grows by one with every change; an older one is ignored.</summary>
    public required int Version { get; init; }

    /// <summary>The maturity from now on.</summary>
    public required Maturity Maturity { get; init; }

    /// <summary>The maturity before; <c>null</c> for a new agent.</summary>
    public Maturity? Previous { get; init; }

    /// <summary>Why, in words.</summary>
    public required string Reason { get; init; }

    /// <summary>Who: a person, or <c>graduation</c>.</summary>
    public required string ChangedBy { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset ChangedAt { get; init; }
}
