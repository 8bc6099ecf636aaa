using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using AutoDev.OperatorConsole.Origin;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.Configuration;
using Xunit;

namespace AutoDev.OperatorConsole.Tests.Origin;

public sealed class RateLimitTests(ConsoleService console)
{
    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("POST", "/sign-in", null, "SignIn")]
    [InlineData("GET", "/sign-in", null, "Not")]
    [InlineData("GET", "/api/memento/workspaces/a/skills", "k.s", "Key")]
    [InlineData("GET", "/api/memento/workspaces/a/skills", null, "Keyless")]
    [InlineData("POST", "/mcp/a", "k.s", "Key")]
    [InlineData("POST", "/webhooks/a/crm", null, "Webhook")]
    [InlineData("GET", "/sign-in/provider", null, "SignIn")]
    [InlineData("POST", "/sign-out/back-channel", null, "Webhook")]
    [InlineData("GET", "/health/ready", null, "Not")]
    [InlineData("GET", "/metrics", null, "Not")]
    [InlineData("GET", "/w/a/inbox", null, "Not")]
    [InlineData("GET", "/_blazor", null, "Not")]
    public void A_request_counts_as_somebodys(string method, string path, string? key, string counted)
    {
        var request = new DefaultHttpContext().Request;
        (request.Method, request.Path) = (method, path);
        if (key is not null) request.Headers["X-Api-Key"] = key;
        Assert.Equal(counted, RateLimits.CallerOf(request).ToString());
    }

    [Theory]
    [InlineData("192.0.2.1", "192.0.2.1")]
    [InlineData("::ffff:192.0.2.1", "192.0.2.1")]
    [InlineData("2001:db8:1:2::1", "20010db800010002")]
    [InlineData("2001:db8:1:2:ffff::9", "20010db800010002")]
    public void One_network_is_one_caller(string address, string caller) => Assert.Equal(caller, RateLimits.AddressOf(IPAddress.Parse(address)));

    [Fact]
    public async Task Who_asks_too_fast_hears_when_to_come_back_and_stops_nobody_else()
    {
        await using var origin = await StartAsync(("Limits:Key:PerSecond", "1"), ("Limits:Key:Burst", "3"), ("Limits:Address:Burst", "100"));
        using var client = origin.GetTestClient();
        var answers = new List<HttpStatusCode>();
        for (var i = 0; i < 60; i++) answers.Add(await StatusAsync(client, "/api/x", "fast"));
        Assert.Equal(HttpStatusCode.OK, answers[0]);
        Assert.Contains(HttpStatusCode.TooManyRequests, answers);

        Assert.Equal(HttpStatusCode.OK, await StatusAsync(client, "/api/x", "another"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(client, "/health/ready", "fast"));
        HttpResponseMessage refused;
        do refused = await SendAsync(client, "/api/x", "fast"); while (refused.StatusCode == HttpStatusCode.OK);
        Assert.True(refused.Headers.RetryAfter?.Delta >= TimeSpan.FromSeconds(1));
        Assert.Equal("application/problem+json", refused.Content.Headers.ContentType?.MediaType);
        Assert.Equal("/problems/too-many-requests", (await refused.Content.ReadFromJsonAsync<JsonElement>(Cancellation)).GetProperty("type").GetString());
    }

    [Fact]
    public async Task A_new_key_for_each_call_is_no_way_around_the_addresss_limit()
    {
        await using var origin = await StartAsync(("Limits:Address:PerSecond", "1"), ("Limits:Address:Burst", "5"));
        using var client = origin.GetTestClient();
        var answers = new List<HttpStatusCode>();
        for (var i = 0; i < 60; i++) answers.Add(await StatusAsync(client, "/api/x", $"made-up-{i}"));
        Assert.Contains(HttpStatusCode.TooManyRequests, answers);
    }

    [Fact]
    public async Task Every_answer_says_how_it_may_be_used()
    {
        using var browser = console.BrowserClient();
        foreach (var path in new[] { "/sign-in", "/api/memento/teapot", "/api/nothing", "/api/evolver/workspaces/w/mutations" })
        {
            using var answer = await browser.GetAsync(new Uri(path, UriKind.Relative), Cancellation);
            Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
            Assert.Equal("same-origin", answer.Headers.GetValues("Cross-Origin-Opener-Policy").Single());
            Assert.Contains("camera=()", answer.Headers.GetValues("Permissions-Policy").Single(), StringComparison.Ordinal);
            Assert.False(answer.Headers.Contains("Strict-Transport-Security")); // by http it would be ignored
        }

        using var error = await browser.GetAsync(new Uri("/api/evolver/workspaces/w/mutations", UriKind.Relative), Cancellation);
        Assert.True(error.Headers.CacheControl?.NoStore);
        using var secure = console.BrowserClient();
        secure.BaseAddress = new Uri("https://localhost");
        using var page = await secure.GetAsync(new Uri("/sign-in", UriKind.Relative), Cancellation);
        Assert.Equal("max-age=31536000", page.Headers.GetValues("Strict-Transport-Security").Single());
    }

    static async Task<HttpStatusCode> StatusAsync(HttpClient client, string path, string key)
    {
        using var answer = await SendAsync(client, path, key);
        return answer.StatusCode;
    }

    static async Task<HttpResponseMessage> SendAsync(HttpClient client, string path, string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { { "X-Api-Key", key } } };
        return await client.SendAsync(request, Cancellation);
    }

    static async Task<WebApplication> StartAsync(params (string Key, string Value)[] settings)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Configuration.AddInMemoryCollection(settings.Select(s => KeyValuePair.Create(s.Key, (string?)s.Value)));
        builder.WebHost.UseTestServer();
        builder.Services.AddRateLimits();
        var app = builder.Build();
        app.UseRateLimiter();
        app.MapFallback(() => "good");
        await app.StartAsync(Cancellation);
        return app;
    }
}
