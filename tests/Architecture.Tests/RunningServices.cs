using System.Collections.Concurrent;
using System.Reflection;
using AutoDev.Architecture.Tests;
using AutoDev.Contracts.Governance;
using AutoDev.Testing;
using Xunit;

[assembly: AssemblyFixture(typeof(RunningServices))]

namespace AutoDev.Architecture.Tests;

/// <summary>A service's real program, running, for whoever wants to hold its answers against rules.</summary>
/// <param name="Admin">With the installation's administrator's key.</param>
/// <param name="Container">Its own.</param>
/// <param name="ClientWithKey">For another caller; <c>null</c> has no key.</param>
/// <param name="AnnounceAsync">A key, as Governance says it.</param>
public sealed record RunningService(HttpClient Admin, IServiceProvider Container, Func<string?, HttpClient> ClientWithKey, Func<ApiKeyChanged, Task> AnnounceAsync);

/// <summary>Each service once, started when the first test asks for it.</summary>
public sealed class RunningServices : IAsyncDisposable
{
    readonly ConcurrentDictionary<string, Lazy<Task<(IAsyncDisposable Fixture, RunningService Service)>>> _started = new(StringComparer.Ordinal);

    /// <summary>Of the project's name.</summary>
    public async Task<RunningService> OfAsync(string service) => (await _started.GetOrAdd(service, name => new(() => StartAsync(name))).Value).Service;

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        foreach (var started in _started.Values) await (await started.Value).Fixture.DisposeAsync();
    }

    static Task<(IAsyncDisposable, RunningService)> StartAsync(string service) =>
        (Task<(IAsyncDisposable, RunningService)>)typeof(RunningServices).GetMethod(nameof(StartProgramAsync), BindingFlags.Static | BindingFlags.NonPublic)!
            .MakeGenericMethod(Sources.Load(service).EntryPoint!.DeclaringType!).Invoke(null, null)!;

    static async Task<(IAsyncDisposable, RunningService)> StartProgramAsync<TProgram>()
        where TProgram : class
    {
        var fixture = new ServiceFixture<TProgram>();
        await fixture.InitializeAsync();
        return (fixture, new(fixture.Admin, fixture.Services, fixture.ClientWithKey, key => fixture.PublishAsync(key)));
    }
}
