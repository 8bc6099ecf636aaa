using AutoDev.SandboxRunner.Engine;
using AutoDev.SandboxRunner.Runs;
using AutoDev.ServiceDefaults.Security;
using Docker.DotNet;
using Marten;
using MassTransit;
using Microsoft.Extensions.Options;

namespace AutoDev.SandboxRunner;

/// <summary>What SandboxRunner keeps, hears and answers, by name.</summary>
static class SandboxRunnerModule
{
    public static void Documents(StoreOptions store) =>
        store.Schema.For<SandboxRun>().Identity(r => r.Id).Duplicate(r => r.CompletedAt);

    public static void Consumers(IBusRegistrationConfigurator bus) =>
        bus.AddConsumer<RunInSandboxConsumer, RunInSandboxDefinition>();

    public static void MapSandboxRunner(this WebApplication app)
    {
        var workspace = app.MapGroup("/workspaces/{workspace}");
        workspace.MapGet("/runs", ListRuns.List).RequireRole(Roles.Operator);
        workspace.MapGet("/runs/{run:guid}", GetRun.Get).RequireRole(Roles.Operator);
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
        return new DockerClientBuilder().WithEndpoint(new Uri(endpoint is { Length: > 0 } ? endpoint : "unix:///var/run/docker.sock")).Build();
    }
}
