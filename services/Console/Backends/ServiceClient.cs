using Microsoft.AspNetCore.Components.Authorization;

namespace AutoDev.OperatorConsole.Backends;

/// <summary>One service's API in the name of the person at the page.</summary>
abstract class ServiceClient(HttpClient http, AuthenticationStateProvider people, string title)
{
    private protected Task<Answer<T>> Get<T>(string path, CancellationToken cancellation) => Send<T>(HttpMethod.Get, path, cancellation: cancellation);

    private protected Task<Answer<T>> Post<T>(string path, object body, CancellationToken cancellation, string? ifMatch = null) =>
        Send<T>(HttpMethod.Post, path, body, ifMatch, cancellation);

    private protected Task<Answer<T>> Send<T>(HttpMethod method, string path, object? body = null, string? ifMatch = null,
        CancellationToken cancellation = default) =>
        http.SendAsync<T>(people, title, method, path, body, ifMatch, cancellation);

    /// <summary>A path in a workspace, every part escaped.</summary>
    private protected static string In(string workspace, params IEnumerable<string> parts) =>
        string.Join('/', parts.Prepend(workspace).Select(Uri.EscapeDataString).Prepend("workspaces"));

    /// <summary>What is asked for; what is empty is left out.</summary>
    private protected static string Asking(params IEnumerable<(string Name, string? Value)> asked) =>
        string.Join('&', asked.Where(a => !string.IsNullOrEmpty(a.Value)).Select(a => $"{a.Name}={Uri.EscapeDataString(a.Value!)}")) is { Length: > 0 } query
            ? $"?{query}" : "";
}

/// <summary>One page of a service's list.</summary>
sealed record ListOf<T>(IReadOnlyList<T> Items, string? Next);
