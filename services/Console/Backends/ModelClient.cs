using Microsoft.AspNetCore.Components.Authorization;

namespace AutoDev.OperatorConsole.Backends;

/// <summary>Memento, where it asks a language model while somebody waits: that may take minutes.</summary>
sealed class ModelClient(HttpClient http, AuthenticationStateProvider people) : ServiceClient(http, people, "Memento")
{
    /// <summary>Asks the workspace's model one small question.</summary>
    public Task<Answer<ModelTried>> TryAsync(string workspace, CancellationToken cancellation) =>
        Send<ModelTried>(HttpMethod.Post, In(workspace, "generator", "try"), cancellation: cancellation);
}

/// <summary>What it said, or why not; and what that took.</summary>
sealed record ModelTried(
    string Model, string? Answer, string? Reason, double Seconds, int Calls, long InputTokens, long OutputTokens, decimal Cost, bool IsEstimate);
