using System.Text.Json;
using AutoDev.Governance.Notifications;

namespace AutoDev.Governance.Webhooks;

/// <summary>Where a delivery is in its life.</summary>
public enum DeliveryState
{
    /// <summary>To be sent, for the first time or again.</summary>
    Pending,

    /// <summary>The receiver took it.</summary>
    Delivered,

    /// <summary>Given up; the reason is its last error.</summary>
    Failed,
}

/// <summary>One announcement on its way to the workspace's webhook. Changes are pure.</summary>
public sealed record WebhookDelivery
{
    /// <summary>The header <c>webhook-id</c>, the same at every attempt: the receiver takes the second for a repeat.</summary>
    public required string Id { get; init; }

    /// <summary>The tenant.</summary>
    public required string WorkspaceId { get; init; }

    /// <summary>The JSON that is sent, byte for byte: it is signed.</summary>
    public required string Body { get; init; }

    /// <summary>What it is now.</summary>
    public required DeliveryState State { get; init; }

    /// <summary>How often it was tried.</summary>
    public int Attempts { get; init; }

    /// <summary>When it is tried next, while it is pending.</summary>
    public required DateTimeOffset DueAt { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When the receiver took it.</summary>
    public DateTimeOffset? DeliveredAt { get; init; }

    /// <summary>Why the last attempt came to nothing.</summary>
    public string? LastError { get; init; }

    /// <summary>Announces a notification.</summary>
    public static WebhookDelivery Of(string workspace, Notification notification) => new()
    {
        Id = $"msg_{notification.Id}", WorkspaceId = workspace, State = DeliveryState.Pending, DueAt = notification.At, CreatedAt = notification.At,
        Body = JsonSerializer.Serialize(new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["type"] = notification.Type, ["timestamp"] = notification.At, ["workspace_id"] = workspace, ["agent_id"] = notification.AgentId,
            ["capability"] = notification.Capability, ["message"] = notification.Message, ["action_required"] = notification.ActionRequired,
        }),
    };

    /// <summary>The receiver took it.</summary>
    public WebhookDelivery Delivered(DateTimeOffset now) =>
        this with { State = DeliveryState.Delivered, Attempts = Attempts + 1, DeliveredAt = now, LastError = null };

    /// <summary>Somebody wants it sent once more: all its attempts are before it again, and the first is due.</summary>
    public WebhookDelivery Again(DateTimeOffset now) => this with { State = DeliveryState.Pending, Attempts = 0, DueAt = now, DeliveredAt = null, LastError = null };

    /// <summary>It did not arrive: tried again after the next delay, or given up where there is none left or no repetition can help.</summary>
    public WebhookDelivery NotDelivered(string why, bool isFinal, IReadOnlyList<TimeSpan> delays, DateTimeOffset now) => isFinal || Attempts >= delays.Count
        ? this with { State = DeliveryState.Failed, Attempts = Attempts + 1, LastError = why }
        : this with { Attempts = Attempts + 1, LastError = why, DueAt = now + delays[Attempts] };
}
