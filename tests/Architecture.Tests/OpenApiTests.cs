using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using AutoDev.Architecture.Tests.Documentation;
using AutoDev.ServiceDefaults.Http;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace AutoDev.Architecture.Tests;

/// <summary>Each service's OpenAPI document, as the running service answers it, is held against its routes.</summary>
public sealed partial class OpenApiTests(RunningServices running)
{
    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string> Services => [.. Sources.Services];

    [Theory]
    [MemberData(nameof(Services))]
    public async Task Every_route_is_described_with_what_it_takes_and_answers(string service)
    {
        var (client, services, _, _) = await running.OfAsync(service);
        var document = await client.GetFromJsonAsync<JsonElement>(new Uri("/openapi/v1.json", UriKind.Relative), Cancellation);
        Assert.False(string.IsNullOrEmpty(document.GetProperty("info").GetProperty("description").GetString()));
        var tags = document.GetProperty("tags").EnumerateArray().Select(t => t.GetProperty("name").GetString()!).ToList();
        Assert.Equal(tags.Distinct(StringComparer.Ordinal), tags);
        Assert.DoesNotContain(Sources.Load(service).GetTypes(), type => tags.Contains(type.Name)); // a feature is no handler's class
        var wrong = services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(e => e.RoutePattern.RawText!.Contains("/workspaces", StringComparison.Ordinal) || e.Metadata.OfType<IAuthorizeData>().Any(d => d.Policy?.StartsWith("at-least", StringComparison.Ordinal) == true))
            .Where(e => !e.RoutePattern.RawText!.EndsWith("/mcp/", StringComparison.Ordinal)) // a protocol of its own, which describes itself
            .SelectMany(endpoint => endpoint.Metadata.GetRequiredMetadata<IHttpMethodMetadata>().HttpMethods, (endpoint, method) => (endpoint, method))
            .SelectMany(route => Faults(route.endpoint, route.method, document).Select(fault => $"{route.method} {route.endpoint.RoutePattern.RawText}: {fault}"))
            .ToList();
        Assert.True(wrong.Count == 0, string.Join("\n", wrong));
        Assert.DoesNotContain(References(document), name => !document.GetProperty("components").GetProperty("schemas").TryGetProperty(name, out JsonElement _));
        ApiReference.IsUpToDate(service, document);
    }

    static IEnumerable<string> Faults(RouteEndpoint endpoint, string method, JsonElement document)
    {
        var path = "/" + Constraint().Replace(endpoint.RoutePattern.RawText!, "{${name}}").Trim('/');
        if (!document.GetProperty("paths").TryGetProperty(path, out var item) || !item.TryGetProperty(method.ToLowerInvariant(), out var operation))
        {
            yield return "it is not in the document";
            yield break;
        }

        if (!operation.TryGetProperty("summary", out var summary) || summary.GetString()!.Length < 4) yield return "it has no summary";
        else if (summary.GetString()!.StartsWith(method, StringComparison.Ordinal)) yield return "its summary says again what stands beside it";
        if (!operation.TryGetProperty("security", out _) || endpoint.Metadata.GetMetadata<IAuthorizeData>() is null) yield return "it does not say which key opens it";

        var parameters = operation.TryGetProperty("parameters", out var all) ? all.EnumerateArray().Select(p => p.GetProperty("name").GetString()!).ToList() : [];
        foreach (var name in endpoint.RoutePattern.Parameters.Select(p => p.Name).Except(parameters)) yield return $"its parameter {name} is missing";
        var handler = endpoint.Metadata.GetMetadata<System.Reflection.MethodInfo>()!;
        if (handler.GetParameters().Any(p => p.ParameterType == typeof(PageRequest)) && !(parameters.Contains("limit") && parameters.Contains("cursor"))) yield return "it does not say how it pages";
        if (parameters.Except(endpoint.RoutePattern.Parameters.Select(p => p.Name)).Any(p => p.Any(char.IsAsciiLetterUpper) && p is not ("If-Match" or "Idempotency-Key"))) yield return "a parameter is not snake_case";

        var responses = operation.GetProperty("responses");
        var good = responses.EnumerateObject().Where(r => r.Name[0] == '2').ToList();
        if (good.Count == 0) yield return "it never succeeds";
        foreach (var answer in good.Where(r => r.Name is not ("202" or "204") && !HasContent(r.Value))) yield return $"its {answer.Name} has no content type";
        foreach (var answer in good.Where(r => r.Value.TryGetProperty("content", out var c) && c.TryGetProperty("application/json", out var json) && !json.TryGetProperty("schema", out _)))
            yield return $"its {answer.Name} has no schema";
        foreach (var status in new[] { "401", "403", "503" }.Where(s => !responses.TryGetProperty(s, out _))) yield return $"it does not say that it may answer {status}";
        foreach (var problem in responses.EnumerateObject().Where(r => r.Name[0] is '4' or '5' && !r.Value.GetProperty("content").TryGetProperty("application/problem+json", out _)))
            yield return $"its {problem.Name} is no problem+json";
        if (operation.TryGetProperty("requestBody", out var body) && body.ToString().Contains("JsonElement", StringComparison.Ordinal) && method != "PATCH") yield return "its body may be anything";
    }

    static bool HasContent(JsonElement response) => response.TryGetProperty("content", out var content) && content.EnumerateObject().Any();

    static IEnumerable<string> References(JsonElement document) => Reference().Matches(document.GetRawText()).Select(m => m.Groups["name"].Value).Distinct(StringComparer.Ordinal);

    [GeneratedRegex(@"\{\*{0,2}(?<name>[^}:?]+)[^}]*\}", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Constraint();

    [GeneratedRegex("\"#/components/schemas/(?<name>[^\"/]+)\"", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Reference();
}
