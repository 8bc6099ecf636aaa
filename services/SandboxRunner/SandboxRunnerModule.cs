using AutoDev.SandboxRunner.Engine;
using AutoDev.SandboxRunner.Measurements;
using AutoDev.SandboxRunner.Queue;
using AutoDev.SandboxRunner.Runs;
using AutoDev.ServiceDefaults.Http;
using AutoDev.ServiceDefaults.Retention;
using AutoDev.ServiceDefaults.Security;
using Docker.DotNet;
using Marten;
using MassTransit;
using Microsoft.Extensions.Options;

namespace AutoDev.SandboxRunner;

/// <summary>What SandboxRunner keeps, hears and answers, by name.</summary>
static class SandboxRunnerModule
{
    public static void Documents(StoreOptions store)
    {
        store.Schema.For<SandboxRun>().Identity(r => r.Id).Duplicate(r => r.CompletedAt).IndexAge();
        store.Schema.For<SandboxMeasurement>().Identity(m => m.Id).IndexAge();
        store.AddQueueTable();
    }

    public static void Consumers(IBusRegistrationConfigurator bus)
    {
        bus.AddConsumer<RunInSandboxConsumer, RunInSandboxDefinition>();
        bus.AddConsumer<MeasureInSandboxConsumer, MeasureInSandboxDefinition>();
        bus.AddRetention(new("SandboxRuns", "mt_doc_sandboxrun", 90), new("SandboxRuns", "mt_doc_sandboxmeasurement", 90));
    }

    public static void MapSandboxRunner(this WebApplication app)
    {
        var workspace = app.MapGroup("/workspaces/{workspace}");
        workspace.MapGet("/engine", ShowEngine.Get).RequireRole(Roles.Operator);
        workspace.MapGet("/runs", ListRuns.List).RequireRole(Roles.Operator);
        workspace.MapPost("/runs", StartRun.Post).RequireRole(Roles.Operator).Produces<RunQueued>(202);
        workspace.MapGet("/runs/{run:guid}", GetRun.Get).RequireRole(Roles.Operator).Produces<SandboxRun>().MayAlsoAnswer(typeof(PendingRequest)).MayRefuse(404);
        workspace.MapGet("/runs/{run:guid}/events", WatchRun.Get).RequireRole(Roles.Operator).Produces<string>(200, "text/event-stream").MayRefuse(404);
        workspace.MapDelete("/runs/{run:guid}", CancelRun.Delete).RequireRole(Roles.Operator).Produces(204).MayRefuse(404, 409);
    }

    public static void AddQueue(this IServiceCollection services)
    {
        services.AddSingleton<QueueSignal>();
        services.AddSingleton<RequestQueue>();
        services.AddSingleton<LiveRequests>();
        services.AddSingleton<EngineWatch>();
        services.AddSingleton<RequestRunner>();
        services.AddSingleton<IRequestKind, RunKind>();
        services.AddSingleton<IRequestKind, MeasurementKind>();
        services.AddSingleton<WatchRun>();
        services.AddSingleton<InstancePresence>();

        // They stop in reverse order: what runs gives its request back while this instance still lives.
        services.AddHostedService(p => p.GetRequiredService<InstancePresence>());
        services.AddHostedService<QueueUpkeep>();
        services.AddHostedService<Dispatcher>();
    }

    public static void AddSandbox(this IServiceCollection services)
    {
        services.AddOptions<SandboxOptions>().BindConfiguration("Sandbox").ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<IDockerClient>(p => Connect(p.GetRequiredService<IOptions<SandboxOptions>>().Value, p.GetRequiredService<IConfiguration>()));
        services.AddSingleton<SandboxPool>();
        services.AddSingleton<ISandboxEngine, DockerEngine>();
        services.AddHostedService<PoolKeeper>();
        services.AddHostedService<OrphanSweeper>();

        // A run is cut off when the service stops; nothing else here takes longer than this.
        services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(5));
        services.AddHealthChecks().AddCheck<EngineHealth>("sandbox", tags: ["ready"]);
    }

    /// <summary>Nothing is sent before the first use, so a service whose engine is away still starts and says so.</summary>
    internal static DockerClient Connect(SandboxOptions options, IConfiguration configuration)
    {
        var endpoint = options.Endpoint ?? configuration["DOCKER_HOST"];
        var address = new Uri(endpoint is { Length: > 0 } ? endpoint : "unix:///var/run/docker.sock");
        var client = new DockerClientBuilder().WithEndpoint(address);
        return (EngineTls.Read(address, options.Certificates ?? configuration["DOCKER_CERT_PATH"]) is { } tls ? client.WithAuthProvider(tls) : client).Build();
    }
}
