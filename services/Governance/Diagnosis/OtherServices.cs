using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;
using AutoDev.ServiceDefaults;

namespace AutoDev.Governance.Diagnosis;

/// <summary>What another service told, or why it is not known. One of the two.</summary>
/// <param name="Value">The answer; <c>null</c> where there is none.</param>
/// <param name="Unknown">Why there is none, for a person.</param>
sealed record Told<T>(T? Value, string? Unknown)
    where T : class;

/// <summary>
/// Asks the other services in the name of the person who asks this one: their key goes along, and each service decides what it opens. A service that is away
/// costs a few seconds and leaves its part of the answer unknown, never all of it.
/// </summary>
sealed class OtherServices(IHttpClientFactory http, IConfiguration configuration, IHttpContextAccessor caller)
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    static readonly Dictionary<string, int> UsualPorts = new(StringComparer.Ordinal)
    {
        ["reflection"] = 5081, ["memento"] = 5082, ["evolver"] = 5083, ["sandboxrunner"] = 5084, ["fitness"] = 5085,
    };

    static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    /// <summary>Asks one service.</summary>
    /// <param name="service">Its word.</param>
    /// <param name="path">Below its address, without a slash before it.</param>
    /// <param name="cancellation">The caller has gone.</param>
    public async Task<Told<T>> AskAsync<T>(string service, string path, CancellationToken cancellation)
        where T : class
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limited.CancelAfter(Patience);
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(ServiceAddress.Of(configuration, service, UsualPorts[service]), path));
        foreach (var header in new[] { "X-Api-Key", "Authorization" })
            if (caller.HttpContext!.Request.Headers.TryGetValue(header, out var value)) request.Headers.TryAddWithoutValidation(header, (string?)value);
        try
        {
            using var client = http.CreateClient(nameof(OtherServices));
            using var answer = await client.SendAsync(request, limited.Token);
            return answer.IsSuccessStatusCode
                ? new(await answer.Content.ReadFromJsonAsync<T>(Json, limited.Token), null)
                : new(null, InWords(service, answer.StatusCode));
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new(null, $"{service} does not answer: not within {Patience.TotalSeconds:0} seconds.");
        }
        catch (HttpRequestException e)
        {
            return new(null, $"{service} does not answer: {e.Message}");
        }
        catch (JsonException e)
        {
            return new(null, $"{service} answers something else than expected: {e.Message}");
        }
    }

    static string InWords(string service, HttpStatusCode status) => status switch
    {
        HttpStatusCode.Unauthorized => $"{service} does not know your key: its copy of the keys is behind. It catches up by itself; POST /restate makes it.",
        HttpStatusCode.Forbidden => $"{service} does not open this to your key.",
        HttpStatusCode.NotFound => $"{service} has not heard of the workspace: its copies are behind. It catches up by itself; POST /restate makes it.",
        _ => $"{service} does not answer: it says {(int)status}.",
    };
}
