using System.Text.Json;
using AutoDev.OperatorConsole.Origin;

namespace AutoDev.OperatorConsole.Overview;

/// <summary>
/// Asks every service's <c>/health/ready</c>. An answer is good for some seconds, however many pages ask; a service that is slow to answer holds up no page.
/// </summary>
sealed class ServiceHealth(IHttpClientFactory http, IConfiguration configuration, TimeProvider clock)
{
    static readonly TimeSpan Fresh = TimeSpan.FromSeconds(5);
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);
    static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(300);

    readonly Lock _one = new();
    IReadOnlyList<HealthOf> _last = [];
    DateTimeOffset _asked = DateTimeOffset.MinValue;
    Task _asking = Task.CompletedTask;

    /// <summary>The newest answers; empty before the first.</summary>
    public async Task<IReadOnlyList<HealthOf>> LatestAsync(CancellationToken cancellation)
    {
        Task asking;
        lock (_one)
        {
            if (_asking.IsCompleted && clock.GetUtcNow() - _asked >= Fresh)
            {
                _asked = clock.GetUtcNow();
                _asking = AskAll();
            }

            asking = _asking;
        }

        await Task.WhenAny(asking, Task.Delay(Grace, cancellation));
        return _last;
    }

    async Task AskAll() => _last = await Task.WhenAll(BackendService.All.Select(Ask));

    async Task<HealthOf> Ask(BackendService service)
    {
        using var patience = new CancellationTokenSource(Patience, clock);
        try
        {
            using var client = http.CreateClient();
            using var response = await client.GetAsync(new Uri(service.Address(configuration), "health/ready"), patience.Token);
            if (response.IsSuccessStatusCode) return new(service, true, "ready");
            var body = await response.Content.ReadFromJsonAsync<JsonElement>(patience.Token);
            return new(service, false, WhatIsMissing(body));
        }
        catch (Exception e) when (e is HttpRequestException or JsonException or NotSupportedException or OperationCanceledException)
        {
            return new(service, false, "does not answer");
        }
    }

    /// <summary>Pure: the checks that are not healthy, by name, of the answer of <c>/health/ready</c>.</summary>
    internal static string WhatIsMissing(JsonElement body)
    {
        if (body.ValueKind != JsonValueKind.Object || !body.TryGetProperty("checks", out var checks) || checks.ValueKind != JsonValueKind.Object) return "not ready";
        var bad = checks.EnumerateObject()
            .Where(c => c.Value.ValueKind == JsonValueKind.Object && c.Value.TryGetProperty("status", out var status) && status.GetString() != "Healthy")
            .Select(c => c.Name)
            .ToList();
        return bad.Count == 0 ? "not ready" : $"not ready: {string.Join(", ", bad)}";
    }
}

/// <param name="Service">Whose.</param>
/// <param name="IsReady">Whether it takes work.</param>
/// <param name="Words">The same in words, with what is missing.</param>
sealed record HealthOf(BackendService Service, bool IsReady, string Words);
