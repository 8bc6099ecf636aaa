using System.Diagnostics;
using System.Diagnostics.Metrics;
using AutoDev.ServiceDefaults.Messaging;
using AutoDev.ServiceDefaults.Outbox;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
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

    /// <summary>Bounds for what takes between milliseconds and minutes; the default ones are meant for milliseconds.</summary>
    public static InstrumentAdvice<double> Seconds { get; } = new() { HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300] };

    /// <summary>
    /// A span in the trace that stands in a message or was stored, by the text of the header that every language's OpenTelemetry writes. What is under way here
    /// is then another trace, and the two link to each other. Without a header it is a part of what is under way, or the first span of a trace of its own.
    /// </summary>
    public static Activity? ContinueTrace(string? traceParent, string name, ActivityKind kind = ActivityKind.Internal, ActivityTagsCollection? tags = null)
    {
        var here = Activity.Current;
        if (!ActivityContext.TryParse(traceParent, null, isRemote: true, out var sender))
            return Source.StartActivity(name, kind, parentContext: default, tags);
        if (here is null || here.TraceId == sender.TraceId) return Source.StartActivity(name, kind, sender, tags);
        here.AddLink(new(sender));
        return Source.StartActivity(name, kind, sender, tags, [new(here.Context)]);
    }

    /// <summary>
    /// OTLP and sampling by the standard environment variables (<c>OTEL_EXPORTER_OTLP_ENDPOINT</c>, <c>OTEL_TRACES_SAMPLER</c>, …), Prometheus at /metrics, logs to
    /// the console: as text, or as JSON with trace ids where <c>Logging:Console:FormatterName</c> is <c>json</c>.
    /// </summary>
    internal static void AddTelemetry(this WebApplicationBuilder builder, string service)
    {
        AddLogs(builder);
        var telemetry = builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService(service, serviceNamespace: "autodev"))
            .WithTracing(tracing => tracing
                .AddSource(Source.Name, "MassTransit")
                .AddAspNetCoreInstrumentation(http => http.Filter = context => !IsProbe(context.Request.Path))
                .AddHttpClientInstrumentation(http => http.FilterHttpRequestMessage = _ => !IsHousekeeping(Activity.Current)))
            .WithMetrics(metrics => metrics
                .AddMeter(Source.Name, OutboxMetrics.MeterName, FailureMetrics.MeterName, "System.Runtime")
                .AddAspNetCoreInstrumentation()
                .AddPrometheusExporter());

        // Without an endpoint the exporter would try localhost for ever, and nobody would read the spans: ids are passed on, nothing is recorded.
        if (builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"] is { Length: > 0 }) telemetry.UseOtlpExporter();
        else telemetry.WithTracing(tracing => tracing.SetSampler(new ParentBasedSampler(new AlwaysOffSampler())));
    }

    static void AddLogs(WebApplicationBuilder builder)
    {
        const string format = "yyyy-MM-ddTHH:mm:ss.fffZ ";
        builder.Logging.ClearProviders();
        builder.Logging.Configure(logging => logging.ActivityTrackingOptions = ActivityTrackingOptions.TraceId | ActivityTrackingOptions.SpanId);
        if (builder.Configuration["Logging:Console:FormatterName"] == ConsoleFormatterNames.Json)
            builder.Logging.AddJsonConsole(console => (console.IncludeScopes, console.UseUtcTimestamp, console.TimestampFormat) = (true, true, format.Trim()));
        else
            builder.Logging.AddSimpleConsole(console => (console.SingleLine, console.UseUtcTimestamp, console.TimestampFormat) = (true, true, format));

        // Marten logs every conflict as an error, with the documents' content; the consumer's retry is the place where conflicts are told.
        builder.Logging.AddFilter("Marten", LogLevel.Critical);
        builder.Logging.AddFilter("Npgsql", LogLevel.Warning);

        // Not ready is told by /health/ready, to whoever asks; every probe of a starting service would be an error here.
        builder.Logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.Critical);
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        builder.Logging.AddFilter("System.Net.Http", LogLevel.Warning);
    }

    static bool IsProbe(PathString path) =>
        path.StartsWithSegments("/health", StringComparison.Ordinal) || path.StartsWithSegments("/metrics", StringComparison.Ordinal);

    // What nobody asked for: a pool that is filled, an engine that is looked after.
    static bool IsHousekeeping(Activity? request) => request is { ParentSpanId: var parent } && parent == default;
}
