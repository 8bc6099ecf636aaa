namespace AutoDev.Contracts.Governance;

/// <summary>API keys that opened something in one service since it last said so; once a minute at most from each instance, and nothing while none is used.</summary>
public sealed record ApiKeysUsed
{
    /// <summary>Each key once.</summary>
    public required IReadOnlyList<ApiKeyUse> Uses { get; init; }
}
