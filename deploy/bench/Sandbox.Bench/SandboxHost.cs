using AutoDev.SandboxRunner;
using AutoDev.SandboxRunner.Engine;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AutoDev.Sandbox.Bench;

/// <summary>The sandbox with its engine and pool, put together as the service does, without bus and store.</summary>
static class SandboxHost
{
    /// <summary>Started, and the engine checked. Logs go to standard error.</summary>
    public static async Task<IHost> StartAsync()
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Warning).AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSandbox();
        var host = builder.Build();
        await host.StartAsync();
        await host.Services.GetRequiredService<ISandboxEngine>().CheckAsync(CancellationToken.None);
        return host;
    }
}
