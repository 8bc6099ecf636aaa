using System.Security.Claims;
using AutoDev.ServiceDefaults.Http;
using AutoDev.ServiceDefaults.Security;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using ModelContextProtocol.AspNetCore;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace AutoDev.Memento.Mcp;

/// <summary>
/// The MCP server over Streamable HTTP. Clients that open a session have one; clients of the protocol without sessions (2026-07-28) are served as well. Both are told of
/// changed tools while they listen.
/// </summary>
static class McpEndpoint
{
    const int MostBodyBytes = 2 << 20;
    const string SessionHeader = "Mcp-Session-Id", VersionHeader = "MCP-Protocol-Version", WithoutSessions = "2026-07-28";

    static readonly object Here = new();

    /// <summary>Adds the server, by the section <c>Mcp</c>.</summary>
    public static void AddMcp(this WebApplicationBuilder builder)
    {
        builder.Services.AddOptions<McpOptions>().BindConfiguration("Mcp").Validate(o => o.IsValid, "Mcp: a setting is not above 0, or not one that fits the others.").ValidateOnStart();
        builder.Services.AddSingleton<ToolListeners>().AddSingleton<OpenSessions>().AddSingleton<CallLimit>();
        builder.Services.AddSingleton<TakeUpSession>().AddSingleton<ISessionMigrationHandler>(services => services.GetRequiredService<TakeUpSession>());
        builder.Services.AddSingleton<InstanceSignals>().AddHostedService(services => services.GetRequiredService<InstanceSignals>());
        builder.Services.AddHostedService<ForgetCalls>();
        builder.Services.AddScoped<CallSkill>();
        builder.Services.AddScoped<ISystemTool, ReportEpisodeTool>().AddScoped<ISystemTool, SearchSkillsTool>().AddScoped<ISystemTool, SkillSourceTool>();
        builder.Logging.AddFilter("ModelContextProtocol.Server.McpServer", LogLevel.Critical); // it logs every call of a tool that does not exist as an error, see Tools
        builder.Services.AddMcpServer(Describe).WithHttpTransport();
        builder.Services.AddOptions<HttpServerTransportOptions>().Configure<OpenSessions, ToolListeners, IOptions<McpOptions>>((transport, sessions, listeners, options) =>
        {
            transport.SessionMode = HttpServerSessionMode.StatefulForInitializeClients;
#pragma warning disable MCP9006, MCPEXP002 // sessions are an older protocol's, which most clients speak; there is no other way to know when one ends
            transport.IdleTimeout = options.Value.SessionIdle;
            transport.RunSessionHandler = (http, server, cancellation) => RunAsync(http, server, sessions, listeners, cancellation);
#pragma warning restore MCP9006, MCPEXP002
        });
    }

    /// <summary>Its route.</summary>
    public static void MapMcpServer(this IEndpointRouteBuilder workspace) => workspace.MapMcp("/mcp").RequireRole(Roles.Agent)
        .AddEndpointFilter(GuardAsync).MayRefuse(404, 429);

    static void Describe(McpServerOptions server)
    {
        server.ServerInfo = new() { Name = "auto-dev", Title = "Auto-Dev", Version = typeof(McpEndpoint).Assembly.GetName().Version!.ToString(3) };
        server.ServerInstructions =
            $"""
             Approved skills of this workspace, each a tool that runs in a sandbox. {Tools.SystemPrefix}search_skills finds the one for a task. Report how each attempt at a task went
             with {Tools.SystemPrefix}report_episode, failures above all: new skills are learned from them, and the list of tools changes when one is approved.
             """;
        server.Capabilities = new() { Tools = new() { ListChanged = true } };
        server.Handlers = new() { ListToolsHandler = Tools.ListAsync, CallToolHandler = Tools.CallAsync, SubscriptionsListenHandler = ListenToTools.HandleAsync };
    }

    static async Task RunAsync(HttpContext http, McpServer server, OpenSessions sessions, ToolListeners listeners, CancellationToken cancellation)
    {
        if (server.SessionId is not { } id)
        {
            await server.RunAsync(cancellation);
            return;
        }

        var (workspace, key) = CallerOf(http);
        using var open = sessions.Add(id, workspace, key);
        if (HttpMethods.IsGet(http.Request.Method)) open.TakeStream(); // taken up in order to listen
        using var listening = listeners.Add(workspace, stop => server.SendNotificationAsync(NotificationMethods.ToolListChangedNotification, stop));
        await server.RunAsync(cancellation);
    }

    static async ValueTask<object?> GuardAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        var services = http.RequestServices;
        var (workspace, key) = CallerOf(http);
        var id = http.Request.Headers[SessionHeader].ToString();
        var sessions = services.GetRequiredService<OpenSessions>();
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size) size.MaxRequestBodySize = MostBodyBytes;
        if (Caller.Fault(http.Request.Headers) is { } fault) return Problem.Invalid(Caller.Header, fault);
        if (id.Length == 0 && string.CompareOrdinal(http.Request.Headers[VersionHeader], WithoutSessions) < 0 && Full(sessions, workspace, key, services) is { } full)
        {
            http.Response.Headers.RetryAfter = "60";
            return full;
        }

        var open = sessions.Find(id);
        if (open is not null && open.Workspace != workspace) return Problem.NotFound("There is no such session in this workspace.");
        if (open is not null && HttpMethods.IsGet(http.Request.Method) && !open.TakeStream()) await PutAwayAsync(http, id);
        var answer = await next(context);
        if (HttpMethods.IsDelete(http.Request.Method) && id.Length > 0 && !http.Items.ContainsKey(Here)) await services.GetRequiredService<TakeUpSession>().ForgetAsync(http, id);
        return answer;
    }

    internal static ProblemHttpResult? Full(OpenSessions sessions, string workspace, string key, IServiceProvider services)
    {
        var most = services.GetRequiredService<IOptions<McpOptions>>().Value.SessionsAtOnce;
        return sessions.CountOf(workspace, key) < most
            ? null
            : Problem.Of(StatusCodes.Status429TooManyRequests, "too-many-sessions", "Too many sessions", $"This key has {most} MCP sessions open, which is the most. End some (DELETE), or wait.");
    }

    /// <summary>
    /// The library lets a session's client listen once in its life. One whose connection was lost comes again: the session is ended on this instance only, by the
    /// library's own route, and taken up anew.
    /// </summary>
    static async Task PutAwayAsync(HttpContext http, string id)
    {
        var route = ((RouteEndpoint)http.GetEndpoint()!).RoutePattern.RawText;
        var end = http.RequestServices.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .First(e => e.RoutePattern.RawText == route && e.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods.Contains(HttpMethods.Delete) == true);
        var request = new DefaultHttpContext { RequestServices = http.RequestServices, User = http.User, Items = { [Here] = true } };
        request.Request.Method = HttpMethods.Delete;
        request.Request.Headers[SessionHeader] = id;
        request.Request.RouteValues = http.Request.RouteValues;
        await end.RequestDelegate!(request);
    }

    static (string Workspace, string Key) CallerOf(HttpContext http) => ((string)http.GetRouteValue("workspace")!, http.User.FindFirstValue(ClaimTypes.NameIdentifier)!);
}
