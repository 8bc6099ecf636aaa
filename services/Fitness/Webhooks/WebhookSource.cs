using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace AutoDev.Fitness.Webhooks;

/// <summary>A system that posts what happened to <c>/webhooks/{workspace}/{source}</c>, what it signs with, and what its JSON means here.</summary>
public sealed partial record WebhookSource
{
    /// <summary>How long the secret before is taken along, so that a sender can change over without losing one.</summary>
    public static readonly TimeSpan Overlap = TimeSpan.FromHours(24);

    /// <summary>Its name within the workspace.</summary>
    public required string Id { get; init; }

    /// <summary>Every rule that fits makes a signal.</summary>
    public required IReadOnlyList<MappingRule> Rules { get; init; }

    /// <summary>Base64 of 32 random bytes.</summary>
    public required string Key { get; init; }

    /// <summary>When it was issued.</summary>
    public required DateTimeOffset KeyIssuedAt { get; init; }

    /// <summary>The one before.</summary>
    public string? PreviousKey { get; init; }

    /// <summary>Who made or changed it last.</summary>
    public required string ChangedBy { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset ChangedAt { get; init; }

    /// <summary>Whether a source may have this name.</summary>
    public static bool IsName(string name) => Name().IsMatch(name);

    /// <summary>A new key.</summary>
    public static string NewKey() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    /// <summary>Pure: what it may sign with at this time.</summary>
    public IReadOnlyList<byte[]> LiveKeys(DateTimeOffset now) =>
        [.. (now < PreviousValidUntil ? new[] { Key, PreviousKey! } : [Key]).Select(Convert.FromBase64String)];

    /// <summary>Until when the secret before is taken along; <c>null</c> where there is none.</summary>
    public DateTimeOffset? PreviousValidUntil => PreviousKey is null ? null : KeyIssuedAt + Overlap;

    /// <summary>Pure: signs with another key from now on.</summary>
    public WebhookSource Rotate(string key, string by, DateTimeOffset now) =>
        this with { Key = key, KeyIssuedAt = now, PreviousKey = Key, ChangedBy = by, ChangedAt = now };

    [GeneratedRegex(@"\A[a-z0-9][a-z0-9_-]{0,39}\z", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Name();
}
