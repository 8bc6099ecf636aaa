namespace AutoDev.Contracts.Governance;

/// <summary>An agent's maturity now allows a capability that it did not allow before.</summary>
public sealed record CapabilityUnlocked
{
    /// <summary>The tenant.</summary>
    public required string WorkspaceId { get; init; }

    /// <summary>The agent.</summary>
    public required string AgentId { get; init; }

    /// <summary>Such as <c>auto_dev.alpha_evolver</c>.</summary>
    public required string Capability { get; init; }

    /// <summary>What a person reads.</summary>
    public required string Message { get; init; }

    /// <summary>Whether somebody must still enable it in the workspace's settings.</summary>
    public required bool ActionRequired { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset UnlockedAt { get; init; }
}
