using System.Globalization;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using AutoDev.Governance.Audit;
using AutoDev.ServiceDefaults.Decisions;
using AutoDev.ServiceDefaults.Http;
using AutoDev.ServiceDefaults.Persistence;
using AutoDev.ServiceDefaults.Security;
using Marten;

namespace AutoDev.Governance.Webhooks;

/// <summary>What a workspace's announcements are signed with, as Standard Webhooks 1.0 says (https://www.standardwebhooks.com).</summary>
public sealed record WebhookSecret
{
    /// <summary>How long the one before signs along, so that a receiver can change over without losing one.</summary>
    public static readonly TimeSpan Overlap = TimeSpan.FromHours(24);

    /// <summary>There is one in a workspace.</summary>
    public const string TheOne = "webhook";

    /// <summary><see cref="TheOne"/>.</summary>
    public string Id { get; init; } = TheOne;

    /// <summary>Base64 of 32 random bytes.</summary>
    public required string Key { get; init; }

    /// <summary>When it was issued.</summary>
    public required DateTimeOffset IssuedAt { get; init; }

    /// <summary>The one before.</summary>
    public string? PreviousKey { get; init; }

    /// <summary>Pure: the three headers. While the previous key is valid its signature stands behind the new one's.</summary>
    public IReadOnlyDictionary<string, string> Headers(string id, string body, DateTimeOffset now)
    {
        var timestamp = now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var keys = PreviousKey is not null && now - IssuedAt < Overlap ? new[] { Key, PreviousKey } : [Key];
        return new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["webhook-id"] = id, ["webhook-timestamp"] = timestamp,
            ["webhook-signature"] = string.Join(' ', keys.Select(key => Sign(key, $"{id}.{timestamp}.{body}"))),
        };
    }

    static string Sign(string key, string text) =>
        $"v1,{Convert.ToBase64String(HMACSHA256.HashData(Convert.FromBase64String(key), Encoding.UTF8.GetBytes(text)))}";
}

/// <summary>
/// <c>POST /workspaces/{workspace}/webhook-secret?reason=</c>: a new secret, which only this answer ever shows. The one before signs along for 24 hours.
/// </summary>
static class IssueWebhookSecret
{
    public static async Task<IResult> Handle(
        IDocumentSession session, ClaimsPrincipal caller, TimeProvider clock, HttpResponse response, CancellationToken cancellation, string? reason = null)
    {
        if (Reason.Fault(reason, isRequired: false) is { } fault) return Problem.Invalid("reason", fault);
        await session.LockAsync("webhook-secret", cancellation);
        var before = await session.LoadAsync<WebhookSecret>(WebhookSecret.TheOne, cancellation);
        var key = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
        var issued = new WebhookSecret { Key = key, IssuedAt = clock.GetUtcNow(), PreviousKey = before?.Key };
        session.Store(issued);
        session.Store(AuditEntry.Of(
            issued.IssuedAt, caller.Actor(), "webhook_secret_issued", "webhook-secret", reason, before is null ? null : new { issued_at = before.IssuedAt },
            new { issued_at = issued.IssuedAt }));
        await session.SaveChangesAsync(cancellation);
        response.Headers.CacheControl = "no-store";
        return TypedResults.Ok(new WebhookSecretView($"whsec_{issued.Key}", issued.IssuedAt, before is null ? null : issued.IssuedAt + WebhookSecret.Overlap));
    }
}

/// <summary>A new secret, shown once; and until when the one before is valid.</summary>
sealed record WebhookSecretView(string Secret, DateTimeOffset IssuedAt, DateTimeOffset? PreviousValidUntil);
