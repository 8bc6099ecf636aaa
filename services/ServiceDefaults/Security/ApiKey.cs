using System.Security.Cryptography;
using System.Text;
using AutoDev.Contracts.Governance;
using AutoDev.ServiceDefaults.Persistence;
using Marten;
using MassTransit;

namespace AutoDev.ServiceDefaults.Security;

/// <summary>This service's copy of an API key's facts: enough to check a caller, not enough to be one.</summary>
public sealed record ApiKey
{
    /// <summary>The public part, before the dot.</summary>
    public required string KeyId { get; init; }

    /// <summary>The tenant it opens; <c>null</c> opens all.</summary>
    public string? WorkspaceId { get; init; }

    /// <summary>Who or what holds it.</summary>
    public required string Name { get; init; }

    /// <summary>See <see cref="Roles"/>.</summary>
    public required string Role { get; init; }

    /// <summary>SHA-256 of the whole key, lower-case hexadecimal.</summary>
    public required string Sha256 { get; init; }

    /// <summary>Opens nothing any more.</summary>
    public bool Revoked { get; init; }

    /// <summary>The hash that is kept of a key. Keys carry 256 random bits, so a plain hash is enough.</summary>
    public static string Hash(string key) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));
}

/// <summary>Keeps this service's copy of the API keys. A revoked key stays revoked, whatever arrives late.</summary>
sealed class FollowApiKeysConsumer(IDocumentSession session) : IConsumer<ApiKeyChanged>
{
    public async Task Consume(ConsumeContext<ApiKeyChanged> context)
    {
        var said = context.Message;
        await session.LockAsync($"key/{said.KeyId}", context.CancellationToken);
        var known = await session.LoadAsync<ApiKey>(said.KeyId, context.CancellationToken);
        session.Store(new ApiKey
        {
            KeyId = said.KeyId, WorkspaceId = said.WorkspaceId, Name = said.Name, Role = said.Role, Sha256 = said.Sha256,
            Revoked = said.Revoked || known?.Revoked == true,
        });
    }
}
