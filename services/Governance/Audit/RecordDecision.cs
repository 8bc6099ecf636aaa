using System.Text.Json;
using AutoDev.Contracts.Governance;
using AutoDev.Governance.Workspaces;
using AutoDev.ServiceDefaults.Messaging;
using AutoDev.ServiceDefaults.Persistence;
using Marten;
using MassTransit;

namespace AutoDev.Governance.Audit;

/// <summary>Keeps what was decided in the other services. A decision is one entry however often it is said.</summary>
sealed class RecordDecisionConsumer(IDocumentSession session) : IConsumer<DecisionMade>
{
    public async Task Consume(ConsumeContext<DecisionMade> context)
    {
        var said = context.Message;
        if (said.WorkspaceId != Workspace.None && await session.LoadAsync<GovernedWorkspace>(said.WorkspaceId, context.CancellationToken) is null)
            throw new InvalidMessageException($"There is no workspace {said.WorkspaceId}.");
        session.Store(Entry(said));
    }

    /// <summary>Pure. Its id begins with the time of the decision, so that an entry that comes late still stands in its place.</summary>
    internal static AuditEntry Entry(DecisionMade said)
    {
        if (said.DecisionId.Version != 7) throw new InvalidMessageException("A decision's id is a UUID of version 7: the log is ordered by it.");
        if (string.IsNullOrWhiteSpace(said.Actor) || string.IsNullOrWhiteSpace(said.Action) || string.IsNullOrWhiteSpace(said.Subject))
            throw new InvalidMessageException("A decision names who, what and about what.");
        return new()
        {
            Id = said.DecisionId.ToString("N"), At = said.DecidedAt, Actor = said.Actor, Action = said.Action, Subject = said.Subject, Reason = said.Reason,
            Before = Json(said.BeforeJson, "before"), After = Json(said.AfterJson, "after"),
        };
    }

    static JsonElement? Json(string? text, string what)
    {
        try
        {
            return text is null ? null : JsonElement.Parse(text);
        }
        catch (JsonException e)
        {
            throw new InvalidMessageException($"What was {what} the decision is not JSON: {e.Message}");
        }
    }
}
