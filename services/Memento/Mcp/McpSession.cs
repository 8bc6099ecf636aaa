using System.Security.Claims;
using System.Text.Json;
using AutoDev.ServiceDefaults.Persistence;
using Marten;
using ModelContextProtocol;
using ModelContextProtocol.AspNetCore;
using ModelContextProtocol.Protocol;

namespace AutoDev.Memento.Mcp;

/// <summary>A client's session, as far as another instance must know it to go on with it.</summary>
public sealed record McpSession
{
    /// <summary>The protocol's <c>Mcp-Session-Id</c>.</summary>
    public required string Id { get; init; }

    /// <summary>The key that opened it, and may go on with it.</summary>
    public required string KeyId { get; init; }

    /// <summary>JSON text of what the client said when it opened it.</summary>
    public required string InitializeJson { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset OpenedAt { get; init; }
}

/// <summary>
/// Sessions belong to no instance: whichever a request reaches goes on with one that it does not know. So no balancer must know sessions, and a restart ends none.
/// </summary>
sealed class TakeUpSession(IDocumentStore store, TimeProvider clock) : ISessionMigrationHandler
{
    public async ValueTask OnSessionInitializedAsync(HttpContext context, string sessionId, InitializeRequestParams initializeParams, CancellationToken cancellationToken)
    {
        await using var session = store.LightweightSession(WorkspaceOf(context));
        session.Insert(new McpSession
        {
            Id = sessionId, KeyId = KeyOf(context), InitializeJson = JsonSerializer.Serialize(initializeParams, McpJsonUtilities.DefaultOptions), OpenedAt = clock.GetUtcNow(),
        });
        await session.SaveChangesAsync(cancellationToken);
    }

    public async ValueTask<InitializeRequestParams?> AllowSessionMigrationAsync(HttpContext context, string sessionId, CancellationToken cancellationToken)
    {
        await using var session = store.QuerySession(WorkspaceOf(context));
        return await session.LoadAsync<McpSession>(sessionId, cancellationToken) is { } known && known.KeyId == KeyOf(context)
            ? JsonSerializer.Deserialize<InitializeRequestParams>(known.InitializeJson, McpJsonUtilities.DefaultOptions)
            : null;
    }

    /// <summary>Of a client that ended it.</summary>
    public async Task ForgetAsync(HttpContext context, string sessionId)
    {
        await using var session = store.LightweightSession(WorkspaceOf(context));
        session.DeleteWhere<McpSession>(known => known.Id == sessionId && known.KeyId == KeyOf(context));
        await session.SaveChangesAsync(context.RequestAborted);
    }

    static string WorkspaceOf(HttpContext context) => context.GetRouteValue("workspace") as string ?? Workspace.None;

    static string KeyOf(HttpContext context) => context.User.FindFirstValue(ClaimTypes.NameIdentifier)!;
}
