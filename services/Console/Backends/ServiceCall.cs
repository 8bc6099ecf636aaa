using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;
using AutoDev.OperatorConsole.SignIn;
using Microsoft.AspNetCore.Components.Authorization;

namespace AutoDev.OperatorConsole.Backends;

/// <summary>What a service answered: a value with its version, or why there is none, in words.</summary>
public sealed record Answer<T>(T? Value, string? ETag, Trouble? Trouble)
{
    public bool IsGood => Trouble is null;
}

/// <summary>Why something did not work, for a person.</summary>
/// <param name="Status">The HTTP status; 0 where the service did not answer at all.</param>
/// <param name="Title">What happened.</param>
/// <param name="Detail">What to do about it.</param>
/// <param name="TraceId">What to look for in logs and traces.</param>
public sealed record Trouble(int Status, string Title, string? Detail, string? TraceId)
{
    /// <summary>What was shown is not what is there any more.</summary>
    public bool IsChangedMeanwhile => Status is StatusCodes.Status412PreconditionFailed or StatusCodes.Status409Conflict;

    public bool IsNotFound => Status == StatusCodes.Status404NotFound;

    /// <summary>The service is away, or failed over this: it may well answer in a moment.</summary>
    public bool MayPass => Status is 0 or >= StatusCodes.Status500InternalServerError;
}

/// <summary>Calls to the services in the name of the person at the page: the service decides what they may.</summary>
static class ServiceCall
{
    public static JsonSerializerOptions Json { get; } = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    public static async Task<Answer<T>> SendAsync<T>(
        this HttpClient http, AuthenticationStateProvider people, string service, HttpMethod method, string path, object? body = null, string? ifMatch = null,
        CancellationToken cancellation = default)
    {
        // A circuit has no trace of its own, and whoever reads of a trouble is to find it in the logs.
        using var call = Activity.Current is null ? new Activity("Call from a page") { ActivityTraceFlags = ActivityTraceFlags.Recorded }.Start() : null;
        using var request = new HttpRequestMessage(method, path);
        if (body is not null) request.Content = body as HttpContent ?? JsonContent.Create(body, body.GetType(), options: Json);
        if (ifMatch is not null) request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        request.InTheNameOf((await people.GetAuthenticationStateAsync()).User);
        try
        {
            using var response = await http.SendAsync(request, cancellation);
            if (!response.IsSuccessStatusCode) return new(default, null, await TroubleOf(response, service, cancellation));
            var value = response.Content.Headers.ContentLength == 0 || response.StatusCode == System.Net.HttpStatusCode.NoContent
                ? default
                : await response.Content.ReadFromJsonAsync<T>(Json, cancellation);
            return new(value, response.Headers.ETag?.ToString(), null);
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException && !cancellation.IsCancellationRequested)
        {
            return new(default, null, new(0, $"{service} does not answer", "It is away, restarting or too slow. Nothing was lost; try again in a moment.", TraceId()));
        }
        catch (JsonException e)
        {
            return new(default, null, new(0, $"{service} answered something that the Console does not understand", e.Message, TraceId()));
        }
    }

    static async Task<Trouble> TroubleOf(HttpResponseMessage response, string service, CancellationToken cancellation)
    {
        var status = (int)response.StatusCode;
        try
        {
            if (response.Content.Headers.ContentType?.MediaType?.EndsWith("json", StringComparison.Ordinal) == true
                && await response.Content.ReadFromJsonAsync<ProblemBody>(Json, cancellation) is { Title.Length: > 0 } problem)
            {
                return status >= 500 && problem.Detail is null
                    ? new(status, $"{service} failed over this", "It is not your doing. Try again; if it stays, its log tells more under the trace id.", problem.TraceId ?? TraceId())
                    : new(status, problem.Title, problem.Detail, problem.TraceId ?? TraceId());
            }
        }
        catch (JsonException)
        {
            // Whatever it was, the status below says enough.
        }

        var title = status switch
        {
            401 => "The key is unknown or revoked",
            403 => "Your key does not allow this",
            404 => "It is not there",
            _ => $"{service} answered {status}",
        };
        return new(status, title, null, TraceId());
    }

    static string? TraceId() => Activity.Current?.TraceId.ToString();

    sealed record ProblemBody(string? Title, string? Detail, string? TraceId);
}
