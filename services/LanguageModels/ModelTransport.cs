using System.Net;
using System.Text.Json;

namespace AutoDev.LanguageModels;

/// <summary>
/// Between the providers' clients and the network. It puts the key into the place that the client prepared, so that no client, and no exception or log of one,
/// ever has it; it turns refusals into one exception, and reads an answer whole, up to a limit.
/// </summary>
sealed class ModelTransport(string? key, TimeProvider clock, HttpMessageHandler network) : DelegatingHandler(network)
{
    /// <summary>What the clients are given instead of the key.</summary>
    public const string Placeholder = "the-key-goes-here";

    const int LongestAnswer = 4 * 1024 * 1024;
    const int LongestRefusal = 64 * 1024;
    const int LongestQuote = 300;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        foreach (var (name, value) in request.Headers.Select(h => (h.Key, string.Join(", ", h.Value))).Where(h => h.Item2.Contains(Placeholder, StringComparison.Ordinal)).ToList())
        {
            request.Headers.Remove(name);
            if (key is not null) request.Headers.TryAddWithoutValidation(name, value.Replace(Placeholder, key, StringComparison.Ordinal));
        }

        var response = await base.SendAsync(request, cancellationToken);
        try
        {
            if (!response.IsSuccessStatusCode) throw new ModelRefusedException(response.StatusCode, WaitFor(response), await SaidAsync(response, cancellationToken));
            await response.Content.LoadIntoBufferAsync(LongestAnswer, cancellationToken);
            return response;
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    TimeSpan? WaitFor(HttpResponseMessage response) => response.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } => date - clock.GetUtcNow() is var wait && wait > TimeSpan.Zero ? wait : TimeSpan.Zero,
        _ => null,
    };

    /// <summary>What the provider says of its refusal, fit to be shown; of a refused key nothing, since some quote it.</summary>
    async Task<string?> SaidAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        if (response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden) return null;
        try
        {
            await response.Content.LoadIntoBufferAsync(LongestRefusal, cancellation);
            using var body = JsonDocument.Parse(await response.Content.ReadAsStringAsync(cancellation));
            var error = body.RootElement.ValueKind == JsonValueKind.Object && body.RootElement.TryGetProperty("error", out var member) ? member : body.RootElement;
            var text = error.ValueKind switch
            {
                JsonValueKind.String => error.GetString(),
                JsonValueKind.Object when error.TryGetProperty("message", out var message) && message.ValueKind == JsonValueKind.String => message.GetString(),
                _ => null,
            };
            return text is null ? null : Quote(key is null ? text : text.Replace(key, "***", StringComparison.Ordinal));
        }
        catch (Exception e) when (e is HttpRequestException or JsonException or InvalidOperationException or IOException)
        {
            return null;
        }
    }

    static string Quote(string text)
    {
        var line = string.Concat(text.Select(c => char.IsControl(c) || char.IsSurrogate(c) ? ' ' : c)).Trim();
        return line.Length > LongestQuote ? line[..LongestQuote] + "…" : line;
    }
}

/// <summary>A provider answered, and not with what was asked for; it charges nothing then.</summary>
/// <param name="status">HTTP's word.</param>
/// <param name="retryAfter">How long it asks to be left alone, where it says so.</param>
/// <param name="said">Its own words, where they may be shown.</param>
sealed class ModelRefusedException(HttpStatusCode status, TimeSpan? retryAfter, string? said) : HttpRequestException($"It answers {(int)status}.", null, status)
{
    public TimeSpan? RetryAfter => retryAfter;

    public string? Said => said;
}
