namespace AutoDev.Contracts.Governance;

/// <summary>A service whose replica is new or was lost asks Governance to say every workspace's settings, agent's maturity and API key again.</summary>
public sealed record RestateGovernance
{
    /// <summary>The service that asks, by its word.</summary>
    public required string RequestedBy { get; init; }
}
