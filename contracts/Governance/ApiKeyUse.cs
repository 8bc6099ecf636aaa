namespace AutoDev.Contracts.Governance;

/// <summary>One key of <see cref="ApiKeysUsed"/>.</summary>
public sealed record ApiKeyUse
{
    /// <summary>The tenant that it opens.</summary>
    public required string WorkspaceId { get; init; }

    /// <summary>The key's public id.</summary>
    public required string KeyId { get; init; }

    /// <summary>The last time, by that service's clock.</summary>
    public required DateTimeOffset UsedAt { get; init; }
}
