using AutoDev.Contracts.Governance;

namespace AutoDev.Governance.Notifications;

/// <summary>Something that people in the workspace should know.</summary>
public sealed record Notification
{
    /// <summary>Time-ordered, so that its order is the list's.</summary>
    public required string Id { get; init; }

    /// <summary><c>auto_dev_capability_unlocked</c>.</summary>
    public required string Type { get; init; }

    /// <summary>The agent it is about.</summary>
    public required string AgentId { get; init; }

    /// <summary>Such as <c>auto_dev.alpha_evolver</c>.</summary>
    public required string Capability { get; init; }

    /// <summary>What a person reads.</summary>
    public required string Message { get; init; }

    /// <summary>Whether somebody must still do something.</summary>
    public required bool ActionRequired { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Pure but for the random part of the id.</summary>
    public static Notification Of(CapabilityUnlocked unlocked) => new()
    {
        Id = Guid.CreateVersion7(unlocked.UnlockedAt).ToString("N"),
        Type = "auto_dev_capability_unlocked",
        AgentId = unlocked.AgentId,
        Capability = unlocked.Capability,
        Message = unlocked.Message,
        ActionRequired = unlocked.ActionRequired,
        At = unlocked.UnlockedAt,
    };
}
