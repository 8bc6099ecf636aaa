using Microsoft.AspNetCore.Components.Authorization;

namespace AutoDev.OperatorConsole.Backends;

/// <summary>The Sandbox-Runner's API.</summary>
sealed class SandboxClient(HttpClient http, AuthenticationStateProvider people) : ServiceClient(http, people, "Sandbox-Runner")
{
    /// <summary>How far a run is: its place while it waits. Of one that has ended the status says so.</summary>
    public Task<Answer<SandboxRunPending>> RunAsync(string workspace, Guid run, CancellationToken cancellation) =>
        Get<SandboxRunPending>(In(workspace, "runs", run.ToString()), cancellation);
}

/// <summary>A status is <c>queued</c>, <c>running</c>, or how it ended; the place counts from 1.</summary>
sealed record SandboxRunPending(string Status, long? Position, int Inputs, int InputsDone);
