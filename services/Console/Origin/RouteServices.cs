using AutoDev.ServiceDefaults.Http;
using Scalar.AspNetCore;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Transforms;

namespace AutoDev.OperatorConsole.Origin;

/// <summary>
/// The one public origin: <c>/api/{word}/…</c> is the service's own API, <c>/mcp/{workspace}</c> the skills as tools of the Model Context Protocol,
/// <c>/webhooks/{workspace}/{source}</c> what other systems post to Fitness. The caller's key goes through, the Console's cookie does not; each service
/// checks the key itself, so these routes are open here.
/// </summary>
static class RouteServices
{
    const string Mcp = "mcp", Webhooks = "webhooks";

    public static void AddOrigin(this WebApplicationBuilder builder)
    {
        builder.AddProxies();
        builder.Services.AddCallLimits();
        builder.Services.AddRateLimits();
        builder.Services.AddHttpClient(ShowOpenApi.ClientName, http => http.Timeout = TimeSpan.FromSeconds(5));
        builder.Logging.AddFilter("Yarp", LogLevel.Warning); // else two lines a request
        builder.Services.AddReverseProxy()
            .LoadFromMemory(
                [.. BackendService.All.Select(Route), McpRoute, WebhookRoute],
                [.. BackendService.All.Select(s => Cluster(s, builder.Configuration)), McpCluster(builder.Configuration)])
            .AddTransforms(transforms => transforms.AddRequestHeaderRemove("Cookie"));
    }

    public static void MapOrigin(this WebApplication app)
    {
        app.MapGet("/api", ListServices.Handle).AllowAnonymous();
        app.MapGet("/api/{word}/openapi/v1.json", ShowOpenApi.Handle).WithOrder(-1).AllowAnonymous(); // before the service's own

        // What is measured is for the installation's own network, not for everybody who reaches the origin.
        foreach (var inner in new[] { "/api/{word}/metrics", "/api/{word}/health/{**rest}" })
            app.Map(inner, () => Problem.NotFound("This is not a public route.")).WithOrder(-1).AllowAnonymous();
        app.Map("/api/{**rest}", () => Problem.NotFound("There is no such service. GET /api lists them.")).AllowAnonymous();
        app.Map("/mcp", () => Problem.NotFound("The MCP server of a workspace is at /mcp/{workspace}.")).AllowAnonymous();
        app.Map("/webhooks/{**rest}", () => Problem.NotFound("There is no such webhook.")).AllowAnonymous();
        app.MapReverseProxy(proxy => proxy.Use(SayWhoDoesNotAnswer));
        app.MapScalarApiReference("/docs", docs =>
        {
            // Nothing that leads to its maker's services: this is often a closed network.
            docs.WithTitle("Auto-Dev API").DisableDefaultFonts().DisableTelemetry().DisableAgent().DisableMcp().HideDeveloperTools().HideClientButton();
            foreach (var service in BackendService.All) docs.AddDocument(service.Word, service.Title, $"/api/{service.Word}/openapi/v1.json");
            docs.AddDocument("console", "Console", "/openapi/v1.json");
        }).AllowAnonymous();
    }

    static RouteConfig Route(BackendService service) => new RouteConfig
    {
        RouteId = service.Word,
        ClusterId = service.Word,
        AuthorizationPolicy = "Anonymous",
        MaxRequestBodySize = CallLimits.MaxBodyBytes,
        Match = new RouteMatch { Path = $"/api/{service.Word}/{{**rest}}" },
    }.WithTransformPathRemovePrefix($"/api/{service.Word}");

    static RouteConfig McpRoute => new RouteConfig
    {
        RouteId = Mcp, ClusterId = Mcp, AuthorizationPolicy = "Anonymous", MaxRequestBodySize = CallLimits.MaxBodyBytes, Match = new RouteMatch { Path = "/mcp/{workspace}" },
    }.WithTransformPathRouteValues("/workspaces/{workspace}/mcp");

    // Signed, not keyed: the service looks at the body as it came.
    static RouteConfig WebhookRoute => new()
    {
        RouteId = Webhooks, ClusterId = "fitness", AuthorizationPolicy = "Anonymous", MaxRequestBodySize = CallLimits.MaxBodyBytes,
        Match = new RouteMatch { Path = "/webhooks/{workspace}/{source}", Methods = ["POST"] },
    };

    // Clients listen for as long as they live, and mostly in vain.
    static ClusterConfig McpCluster(IConfiguration configuration) =>
        Cluster(BackendService.All.Single(s => s.Word == "memento"), configuration) with { ClusterId = Mcp, HttpRequest = new() { ActivityTimeout = TimeSpan.FromHours(1) } };

    static ClusterConfig Cluster(BackendService service, IConfiguration configuration) => new()
    {
        ClusterId = service.Word,
        Destinations = new Dictionary<string, DestinationConfig>(StringComparer.Ordinal)
        {
            ["one"] = new() { Address = service.Address(configuration).ToString() },
        },
        HttpRequest = new ForwarderRequestConfig { ActivityTimeout = TimeSpan.FromSeconds(100) },
    };

    static async Task SayWhoDoesNotAnswer(HttpContext context, Func<Task> next)
    {
        await next();
        if (context.GetForwarderErrorFeature() is not { } error || context.Response.HasStarted) return;
        var word = context.GetReverseProxyFeature().Route.Config.RouteId;
        var problem = Describe(word, context.Response.StatusCode, error.Error);
        await problem.ExecuteAsync(context);
    }

    /// <summary>Pure: what a caller is told when the way to a service failed.</summary>
    internal static Microsoft.AspNetCore.Http.HttpResults.ProblemHttpResult Describe(string word, int status, ForwarderError error) => status switch
    {
        StatusCodes.Status413PayloadTooLarge =>
            Problem.Of(status, "body-too-large", "The request is too large", $"At most {CallLimits.MaxBodyBytes / 1024 / 1024} MB are accepted."),
        StatusCodes.Status504GatewayTimeout =>
            Problem.Of(status, "service-too-slow", $"{word} does not answer in time", "It may still do what was asked: look before you try again."),
        StatusCodes.Status400BadRequest => Problem.Of(status, "invalid-request", "The request is not valid", $"It broke off before {word} had all of it ({error})."),
        _ => Problem.Of(status, "service-unavailable", $"{word} does not answer", $"The service {word} is away or restarting. Nothing was lost; try again in a moment."),
    };
}
