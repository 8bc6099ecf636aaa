namespace AutoDev.Governance.Keys;

/// <summary>When a key was last used. Beside <see cref="IssuedKey"/>, so that late news of a use never revives a key that was revoked meanwhile.</summary>
public sealed record KeyUse
{
    /// <summary>The key's.</summary>
    public required string Id { get; init; }

    /// <summary>By the clock of the service that saw it.</summary>
    public required DateTimeOffset LastAt { get; init; }
}
