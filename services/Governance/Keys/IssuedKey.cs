using AutoDev.Contracts.Governance;
using AutoDev.Governance.Audit;

namespace AutoDev.Governance.Keys;

/// <summary>An API key of a workspace. The key itself is nowhere kept.</summary>
public sealed record IssuedKey
{
    /// <summary>The public part, before the dot.</summary>
    public required string Id { get; init; }

    /// <summary>The tenant it opens.</summary>
    public required string WorkspaceId { get; init; }

    /// <summary>Who or what holds it.</summary>
    public required string Name { get; init; }

    /// <summary><c>viewer</c>, <c>agent</c>, <c>operator</c> or <c>admin</c>.</summary>
    public required string Role { get; init; }

    /// <summary>SHA-256 of the whole key, lower-case hexadecimal.</summary>
    public required string Sha256 { get; init; }

    /// <summary>When it was issued.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Who issued it.</summary>
    public required string CreatedBy { get; init; }

    /// <summary>When it was revoked; <c>null</c> while it is valid.</summary>
    public DateTimeOffset? RevokedAt { get; init; }

    /// <summary>Who revoked it.</summary>
    public string? RevokedBy { get; init; }

    /// <summary>The whole state as every service hears it.</summary>
    public ApiKeyChanged Say() => new()
    {
        KeyId = Id, WorkspaceId = WorkspaceId, Name = Name, Role = Role, Sha256 = Sha256, Revoked = RevokedAt is not null,
    };

    /// <summary>The decision that led here.</summary>
    public AuditEntry Record(string? reason) => RevokedAt is { } revoked
        ? AuditEntry.Of(revoked, RevokedBy!, "api_key_revoked", $"api-key:{Id}", reason, Facts(isRevoked: false), Facts(isRevoked: true))
        : AuditEntry.Of(CreatedAt, CreatedBy, "api_key_issued", $"api-key:{Id}", reason, before: null, Facts(isRevoked: false));

    object Facts(bool isRevoked) => new { name = Name, role = Role, revoked = isRevoked };
}
