using System.Diagnostics;
using AutoDev.ServiceDefaults.Messaging;
using AutoDev.ServiceDefaults.Outbox;
using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace AutoDev.ServiceDefaults;

/// <summary>Traces, metrics and logs of the service.</summary>
public static class Telemetry
{
    /// <summary>For spans of the services' own, beside those of the bus and of HTTP.</summary>
    public static ActivitySource Source { get; } = new("AutoDev");

    /// <summary>
    /// A span that goes on with the trace of the sender of plain JSON, who carries it in the header that every language's OpenTelemetry writes; <c>null</c>
    /// where there is none.
    /// </summary>
    public static Activity? ContinueTrace(this ConsumeContext context, string name) => ContinueTrace(context.Headers.Get<string>("traceparent"), name);

    /// <summary>The same by the header's text.</summary>
    public static Activity? ContinueTrace(string? traceParent, string name) =>
        ActivityContext.TryParse(traceParent, null, isRemote: true, out var sender) ? Source.StartActivity(name, ActivityKind.Consumer, sender) : null;

    /// <summary>OTLP by the standard environment variables (<c>OTEL_EXPORTER_OTLP_ENDPOINT</c>, …), Prometheus at /metrics, logs to the console with trace ids.</summary>
    internal static void AddTelemetry(this WebApplicationBuilder builder, string service)
    {
        builder.Logging.ClearProviders();
        builder.Logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.UseUtcTimestamp = true;
            console.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
            console.IncludeScopes = false;
        });

        // Marten logs every conflict as an error, with the documents' content; the consumer's retry is the place where conflicts are told.
        builder.Logging.AddFilter("Marten", LogLevel.Critical);
        builder.Logging.AddFilter("Npgsql", LogLevel.Warning);

        // Not ready is told by /health/ready, to whoever asks; every probe of a starting service would be an error here.
        builder.Logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.Critical);
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        builder.Logging.AddFilter("System.Net.Http", LogLevel.Warning);

        var telemetry = builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService(service, serviceNamespace: "autodev"))
            .WithTracing(tracing => tracing
                .AddSource(Source.Name, "MassTransit")
                .AddAspNetCoreInstrumentation(http => http.Filter = context => !IsProbe(context.Request.Path))
                .AddHttpClientInstrumentation())
            .WithMetrics(metrics => metrics
                .AddMeter("AutoDev", OutboxMetrics.MeterName, FailureMetrics.MeterName, "MassTransit")
                .AddAspNetCoreInstrumentation()
                .AddPrometheusExporter());

        // Without an endpoint the exporter would try localhost for ever, and nobody would read the spans: ids are passed on, nothing is recorded.
        if (builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"] is { Length: > 0 }) telemetry.UseOtlpExporter();
        else telemetry.WithTracing(tracing => tracing.SetSampler(new ParentBasedSampler(new AlwaysOffSampler())));
    }

    static bool IsProbe(PathString path) =>
        path.StartsWithSegments("/health", StringComparison.Ordinal) || path.StartsWithSegments("/metrics", StringComparison.Ordinal);
}
