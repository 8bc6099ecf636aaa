namespace AutoDev.Contracts.Governance;

/// <summary>An API key was issued or revoked. Never carries the key, only its hash, so that every service can check a caller without asking anybody.</summary>
public sealed record ApiKeyChanged
{
    /// <summary>The key's public id, the part before the dot.</summary>
    public required string KeyId { get; init; }

    /// <summary>The tenant it opens; <c>null</c> opens all (administrators of the installation only).</summary>
    public string? WorkspaceId { get; init; }

    /// <summary>Who or what holds it, as recorded on every decision made with it.</summary>
    public required string Name { get; init; }

    /// <summary><c>agent</c>, <c>operator</c> or <c>admin</c>, each may do what the one before may; or <c>viewer</c>, who reads what an operator reads.</summary>
    public required string Role { get; init; }

    /// <summary>SHA-256 of the whole key, lower-case hexadecimal.</summary>
    public required string Sha256 { get; init; }

    /// <summary>Revoked keys open nothing, for good.</summary>
    public required bool Revoked { get; init; }
}
