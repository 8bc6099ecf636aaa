using System.Security.Claims;
using System.Text.Json;
using System.Text.Json.Nodes;
using AutoDev.ServiceDefaults.Persistence;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace AutoDev.Memento.Mcp;

/// <summary><c>subscriptions/listen</c>: how clients without a session hear that their tools changed, for as long as they hold the request open.</summary>
static class ListenToTools
{
    public static async ValueTask<EmptyResult> HandleAsync(RequestContext<SubscriptionsListenRequestParams> request, CancellationToken cancellation)
    {
        var services = request.Services!;
        var workspace = services.GetRequiredService<Workspace>().Id!;
        var sessions = services.GetRequiredService<OpenSessions>();
        var key = services.GetRequiredService<IHttpContextAccessor>().HttpContext!.User.FindFirstValue(ClaimTypes.NameIdentifier)!;
        if (McpEndpoint.Full(sessions, workspace, key, services) is { } full) throw new McpProtocolException(full.ProblemDetails.Detail!, McpErrorCode.InvalidRequest);

        var granted = new SubscriptionsListenNotifications { ToolsListChanged = request.Params!.Notifications.ToolsListChanged == true ? true : null };
        using var open = sessions.Add($"listen/{Guid.NewGuid()}", workspace, key);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation, services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping);
        var acknowledgement = JsonSerializer.SerializeToNode(new SubscriptionsAcknowledgedNotificationParams { Notifications = granted }, McpJsonUtilities.DefaultOptions)!.AsObject();
        await SayAsync(request, NotificationMethods.SubscriptionsAcknowledgedNotification, acknowledgement, stop.Token);
        if (granted.ToolsListChanged != true) return new EmptyResult();

        using var listening = services.GetRequiredService<ToolListeners>().Add(workspace, limit => SayAsync(request, NotificationMethods.ToolListChangedNotification, [], limit));
        await Task.Delay(Timeout.Infinite, stop.Token).ContinueWith(static _ => { }, TaskScheduler.Default);
        return new EmptyResult();
    }

    static Task SayAsync(RequestContext<SubscriptionsListenRequestParams> request, string method, JsonObject content, CancellationToken cancellation)
    {
        content["_meta"] = new JsonObject { [MetaKeys.SubscriptionId] = JsonSerializer.SerializeToNode(request.JsonRpcRequest.Id, McpJsonUtilities.DefaultOptions) };
        return request.Server.SendMessageAsync(new JsonRpcNotification { Method = method, Params = content }, cancellation);
    }
}
