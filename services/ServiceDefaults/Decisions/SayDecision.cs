using System.Text.Json;
using AutoDev.Contracts.Governance;
using MassTransit;

namespace AutoDev.ServiceDefaults.Decisions;

/// <summary>Puts what a person decided into the audit log, which Governance keeps for all services.</summary>
public static class SayDecision
{
    static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>Says it with the commit of what was decided; a decision that changed nothing is none, and is not said.</summary>
    /// <param name="bus">The scope's, so that it waits for the session's commit.</param>
    /// <param name="workspace">The tenant; <c>*</c> for the whole installation.</param>
    /// <param name="actor">Who.</param>
    /// <param name="action">What was done: <c>{thing}_{done}</c>.</param>
    /// <param name="subject">What it is about: <c>{thing}:{id}</c>.</param>
    /// <param name="reason">Why, where somebody said so.</param>
    /// <param name="before">What changed, as it was; <c>null</c> for something new.</param>
    /// <param name="after">The same, as it is from now on.</param>
    /// <param name="at">When.</param>
    /// <param name="cancellation">Gives up.</param>
    public static Task SayDecisionAsync(
        this IPublishEndpoint bus, string workspace, string actor, string action, string subject, string? reason, object? before, object? after,
        DateTimeOffset at, CancellationToken cancellation) => bus.Publish(
            new DecisionMade
            {
                WorkspaceId = workspace, DecisionId = Guid.CreateVersion7(at), Actor = actor, Action = action, Subject = subject, Reason = reason,
                BeforeJson = before is null ? null : JsonSerializer.Serialize(before, Json),
                AfterJson = after is null ? null : JsonSerializer.Serialize(after, Json), DecidedAt = at,
            },
            cancellation);
}
