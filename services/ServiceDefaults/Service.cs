using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;
using AutoDev.ServiceDefaults.Http;
using AutoDev.ServiceDefaults.Messaging;
using AutoDev.ServiceDefaults.Persistence;
using AutoDev.ServiceDefaults.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace AutoDev.ServiceDefaults;

/// <summary>What every service has in common and no user ever asked for by name.</summary>
public static class Service
{
    /// <summary>
    /// Names the service (queue prefix, database, <c>service.name</c>) and adds telemetry, health checks, problem details, API keys and snake_case JSON.
    /// Call it first, then <c>AddStore</c> and <c>AddMessaging</c>. Each file of the folder <c>Secrets:Folder</c> (<c>/run/secrets</c>) is a setting of the file's name,
    /// before all others: secrets need not stand in the environment.
    /// </summary>
    public static void AddServiceDefaults(this WebApplicationBuilder builder, string service)
    {
        ServiceWord.Set(builder, service);
        builder.Configuration.AddKeyPerFile(builder.Configuration["Secrets:Folder"] ?? "/run/secrets", optional: true);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        builder.AddTelemetry(service);
        builder.Services.AddSingleton<TimeProvider, StorableClock>();
        builder.Services.AddProblemDetails(options => options.CustomizeProblemDetails = context =>
            context.ProblemDetails.Extensions["trace_id"] = Activity.Current?.TraceId.ToString() ?? context.HttpContext.TraceIdentifier);
        builder.Services.AddExceptionHandler<ProblemExceptions>();
        builder.Services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
            json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
            json.SerializerOptions.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower));
        });
        builder.Services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true); // so that a malformed body is answered in words everywhere
        builder.AddApiDescription(service);
        builder.Services.AddHealthChecks().AddCheck<StoreHealth>("store", tags: ["ready"]);
        builder.Services.AddSingleton<IHealthCheckPublisher, HealthLog>();
        builder.Services.Configure<HealthCheckPublisherOptions>(publisher => (publisher.Delay, publisher.Period) = (HealthLog.Every, HealthLog.Every));

        // First among the hosted services, so it stops last: the bus is up while the others say their last words.
        builder.Services.AddHostedService<Startup>();
        builder.Services.AddHostedService<StuckBus>();
        builder.AddApiKeySecurity();
    }

    /// <summary>Maps <c>/health/live</c>, <c>/health/ready</c>, <c>/metrics</c> and <c>/openapi/v1.json</c>, and puts errors into words.</summary>
    public static void MapServiceDefaults(this WebApplication app)
    {
        app.UseExceptionHandler();
        app.UseStatusCodePages();
        app.UseAuthentication();
        app.UseAuthorization();
        app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false }).AllowAnonymous();
        app.MapHealthChecks("/health/ready", new HealthCheckOptions { Predicate = check => check.Tags.Contains("ready"), ResponseWriter = WriteHealth }).AllowAnonymous();
        app.MapPrometheusScrapingEndpoint().AllowAnonymous();
        app.MapOpenApi().AllowAnonymous();
    }

    static Task WriteHealth(Microsoft.AspNetCore.Http.HttpContext context, HealthReport report)
    {
        context.Response.ContentType = "application/json";
        return JsonSerializer.SerializeAsync(context.Response.Body, new
        {
            status = report.Status.ToString(),
            checks = report.Entries.ToDictionary(e => e.Key, e => new { status = e.Value.Status.ToString(), reason = e.Value.Description ?? e.Value.Exception?.Message }),
        }, cancellationToken: context.RequestAborted);
    }
}
