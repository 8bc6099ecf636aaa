using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using AutoDev.OperatorConsole.Origin;
using Microsoft.Extensions.Configuration;
using Xunit;

namespace AutoDev.OperatorConsole.Tests.Origin;

public sealed class OriginTests(ConsoleService console)
{
    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/api/memento/metrics")]
    [InlineData("/api/memento/health/ready")]
    public async Task What_is_measured_is_not_public(string path)
    {
        using var response = await console.ClientWithKey(null).GetAsync(new Uri(path, UriKind.Relative), Cancellation);
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Contains("not a public route", await response.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_call_reaches_its_service_without_the_prefix_with_the_key_and_without_the_consoles_cookie()
    {
        using var client = console.ClientWithKey(null);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/memento/workspaces/w/candidates?status=a%2Fb");
        request.Headers.Add("X-Api-Key", "k1.secret");
        request.Headers.Add("Cookie", "autodev.session=stolen");
        request.Headers.TryAddWithoutValidation("If-Match", "\"3\"");
        request.Content = new StringContent("{}");
        using var response = await client.SendAsync(request, Cancellation);
        var seen = await response.Content.ReadFromJsonAsync<JsonElement>(Cancellation);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("POST", seen.GetProperty("method").GetString());
        Assert.Equal("/workspaces/w/candidates", seen.GetProperty("path").GetString());
        Assert.Equal("?status=a%2Fb", seen.GetProperty("query").GetString());
        Assert.Equal("k1.secret", seen.GetProperty("key").GetString());
        Assert.Equal("\"3\"", seen.GetProperty("ifmatch").GetString());
        Assert.Equal("", seen.GetProperty("cookie").GetString());
    }

    [Fact]
    public async Task The_mcp_server_of_a_workspace_is_at_its_name()
    {
        using var client = console.ClientWithKey(null);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/mcp/a%20b") { Content = new StringContent("{}") };
        request.Headers.Add("X-Api-Key", "k1.secret");
        request.Headers.Add("Cookie", "autodev.session=stolen");
        using var response = await client.SendAsync(request, Cancellation);
        var seen = await response.Content.ReadFromJsonAsync<JsonElement>(Cancellation);
        Assert.Equal(("/workspaces/a b/mcp", "k1.secret", ""), (seen.GetProperty("path").GetString(), seen.GetProperty("key").GetString(), seen.GetProperty("cookie").GetString()));

        using var bare = await client.GetAsync(new Uri("/mcp", UriKind.Relative), Cancellation);
        Assert.Equal(HttpStatusCode.NotFound, bare.StatusCode);
        Assert.Contains("/mcp/{workspace}", await bare.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_another_system_posts_goes_to_fitness_as_it_came()
    {
        using var client = console.ClientWithKey(null);
        using var response = await client.PostAsync(new Uri("/webhooks/a%20b/crm", UriKind.Relative), new StringContent("""{ "type": "paid" }"""), Cancellation);
        var seen = await response.Content.ReadFromJsonAsync<JsonElement>(Cancellation);
        Assert.Equal(("POST", "/webhooks/a b/crm", 18), (seen.GetProperty("method").GetString(), seen.GetProperty("path").GetString(), seen.GetProperty("length").GetInt32()));
        foreach (var path in new[] { "/webhooks/acme/crm", "/webhooks/acme", "/webhooks/acme/crm/more" })
        {
            using var nothing = await client.GetAsync(new Uri(path, UriKind.Relative), Cancellation);
            Assert.Equal(HttpStatusCode.NotFound, nothing.StatusCode);
        }
    }

    [Fact]
    public async Task A_stream_of_events_comes_through_as_it_is_made()
    {
        using var client = console.ClientWithKey(null);
        using var response = await client.GetAsync(new Uri("/api/memento/events", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, Cancellation);
        using var events = new StreamReader(await response.Content.ReadAsStreamAsync(Cancellation));

        // The service says no more before it knows that this was heard: kept back on the way, it would not be.
        Assert.Equal("data: first", await events.ReadLineAsync(Cancellation));
        await client.GetAsync(new Uri("/api/memento/heard", UriKind.Relative), Cancellation);
        Assert.Contains("data: second", await events.ReadToEndAsync(Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_service_answers_comes_back_as_it_is()
    {
        using var response = await console.ClientWithKey(null).GetAsync(new Uri("/api/memento/teapot", UriKind.Relative), Cancellation);
        Assert.Equal(418, (int)response.StatusCode);
        Assert.Equal("\"7\"", response.Headers.ETag?.ToString());
        Assert.Equal("/problems/teapot", (await response.Content.ReadFromJsonAsync<JsonElement>(Cancellation)).GetProperty("type").GetString());
    }

    [Theory]
    [InlineData("/api/evolver/workspaces/w/mutations")]
    [InlineData("/api/evolver/openapi/v1.json")]
    public async Task A_service_that_is_away_is_named(string path)
    {
        using var response = await console.ClientWithKey(null).GetAsync(new Uri(path, UriKind.Relative), Cancellation);
        var problem = await response.Content.ReadFromJsonAsync<JsonElement>(Cancellation);
        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal("evolver does not answer", problem.GetProperty("title").GetString());
        Assert.Equal("/problems/service-unavailable", problem.GetProperty("type").GetString());
    }

    [Fact]
    public async Task An_unknown_service_is_not_found_and_the_known_ones_are_listed()
    {
        using var client = console.ClientWithKey(null);
        using var unknown = await client.GetAsync(new Uri("/api/nothing/at/all", UriKind.Relative), Cancellation);
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);

        var list = await client.GetFromJsonAsync<JsonElement>(new Uri("/api", UriKind.Relative), Cancellation);
        Assert.Equal(
            ["reflection", "memento", "evolver", "sandboxrunner", "fitness", "governance"],
            list.GetProperty("services").EnumerateArray().Select(s => s.GetProperty("name").GetString()!));
    }

    [Fact]
    public async Task A_services_description_names_this_origin_as_its_server()
    {
        var document = await console.ClientWithKey(null).GetFromJsonAsync<JsonElement>(new Uri("/api/memento/openapi/v1.json", UriKind.Relative), Cancellation);
        Assert.Equal("/api/memento", document.GetProperty("servers")[0].GetProperty("url").GetString());
    }

    [Theory]
    [InlineData("http://memento:8080", "http://memento:8080/")]
    [InlineData("https://memento/base/", "https://memento/base/")]
    [InlineData(null, "http://127.0.0.1:5082/")]
    [InlineData("memento:8080", null)]
    [InlineData("file:///etc/passwd", null)]
    public void An_address_is_an_absolute_one_or_an_error_that_says_so(string? configured, string? expected)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?> { ["Services:memento"] = configured }).Build();
        var memento = BackendService.All.Single(s => s.Word == "memento");
        if (expected is not null) Assert.Equal(expected, memento.Address(configuration).ToString());
        else Assert.Contains("Services:memento", Assert.Throws<InvalidOperationException>(() => memento.Address(configuration)).Message, StringComparison.Ordinal);
    }
}
