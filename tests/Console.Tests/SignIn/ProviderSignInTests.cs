using System.Net;
using System.Net.Http.Json;
using System.Security.Claims;
using System.Text.Json;
using AutoDev.OperatorConsole.SignIn;
using AutoDev.ServiceDefaults.Security;
using AutoDev.Testing;
using Microsoft.IdentityModel.Tokens;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace AutoDev.OperatorConsole.Tests.SignIn;

/// <summary>Signing in at an organisation's provider, as people do it.</summary>
[Collection("provider")]
public sealed class ProviderSignInTests(ConsoleWithProvider console)
{
    const string Own = ConsoleWithProvider.Administered, Watched = ConsoleWithProvider.Watched, Closed = ConsoleWithProvider.Closed;

    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Who_signs_in_at_the_provider_may_what_their_groups_say_and_the_log_names_them()
    {
        var page = await SignedInAsync("ada", $"/w/{Own}/settings");
        await page.GetByLabel("For whom or what").FillAsync("ada's bot");
        await page.GetByRole(AriaRole.Button, new() { Name = "Issue", Exact = true }).ClickAsync();
        await Expect(page.GetByText("The key of ada's bot (agent), shown only now:")).ToBeVisibleAsync();
        using var audit = await console.CallAsync(HttpMethod.Get, $"/api/governance/workspaces/{Own}/audit");
        var issued = (await audit.Content.ReadFromJsonAsync<JsonElement>(Cancellation)).GetProperty("items").EnumerateArray().First(e => e.GetProperty("action").GetString() == "api_key_issued");
        Assert.Equal("ada", issued.GetProperty("actor").GetString());

        // Of what may be changed in one workspace nothing may be in the other, and a third is not there at all.
        await page.GotoAsync(At($"/w/{Watched}/settings"));
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Settings", Level = 1 })).ToBeVisibleAsync();
        await Expect(page.GetByLabel("For whom or what")).ToHaveCountAsync(0);
        await page.GotoAsync(At($"/w/{Closed}/inbox"));
        await Expect(page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("/sign-in", System.Text.RegularExpressions.RegexOptions.None, TimeSpan.FromSeconds(1)));
        await page.GotoAsync(At("/"));
        await Expect(page.Locator("ul.cards li")).ToHaveTextAsync([Own, Watched]);
        Assert.Empty(console.Complaints);
    }

    [Fact]
    public async Task Who_has_none_of_the_groups_is_told_so_and_not_let_in()
    {
        var page = await AtProviderAsync("mallory", $"/w/{Own}/inbox");
        await Expect(page.Locator("#trouble")).ToContainTextAsync("You are known to Example Ltd, and nothing here is open to you.");
        await page.GotoAsync(At("/"));
        await Expect(page.GetByRole(AriaRole.Link, new() { Name = "Sign in with Example Ltd" })).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Signing_out_ends_the_session_here_and_there_and_a_copy_of_the_cookie_opens_nothing()
    {
        var page = await SignedInAsync("grace", $"/w/{Watched}/inbox");
        using var copy = await CopyOfAsync(page);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(copy));

        await page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Link, new() { Name = "Sign in with Example Ltd" })).ToBeVisibleAsync();
        Assert.Equal(HttpStatusCode.Redirect, await StatusAsync(copy));
        await page.GetByRole(AriaRole.Link, new() { Name = "Sign in with Example Ltd" }).ClickAsync();
        await Expect(page.GetByLabel("Who are you?")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_session_that_the_provider_ends_is_over_and_only_the_provider_can_end_it()
    {
        var page = await SignedInAsync("grace", $"/w/{Watched}/inbox");
        using var copy = await CopyOfAsync(page);
        foreach (var wrong in new Action<SecurityTokenDescriptor>[]
        {
            t => t.SigningCredentials = new(PersonTokens.KeyOf(TestInstallation.PersonKey, "test"), SecurityAlgorithms.EcdsaSha256),
            t => t.Audience = "another-client", t => t.Issuer = "https://provider.example/", t => t.Claims.Remove("events"), t => t.Claims["nonce"] = "of an ID token",
            t => t.Expires = DateTime.UtcNow.AddHours(-1),
        })
        {
            Assert.Equal(HttpStatusCode.BadRequest, await LogOutAsync(console.Organisation.LogoutToken("grace", t =>
            {
                t.IssuedAt = t.NotBefore = DateTime.UtcNow.AddHours(-2);
                wrong(t);
            })));
        }

        Assert.Equal(HttpStatusCode.BadRequest, await LogOutAsync(""));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(copy));
        Assert.Equal(HttpStatusCode.OK, await LogOutAsync(console.Organisation.LogoutToken("grace")));
        Assert.Equal(HttpStatusCode.Redirect, await StatusAsync(copy));
    }

    [Fact]
    public async Task A_key_signs_in_as_before_where_there_is_a_provider()
    {
        var page = await console.SignedInAsync($"/w/{Closed}/inbox");
        await Expect(page.Locator(".who")).ToHaveTextAsync("admin");
    }

    [Theory]
    [InlineData("https://id.example", "client", "key", "group", "admin", null)]
    [InlineData("http://127.0.0.1:1", "client", "key", "group", "viewer", null)]
    [InlineData("http://id.example", "client", "key", "group", "admin", "Authority")]
    [InlineData("https://id.example", "", "key", "group", "admin", "ClientId")]
    [InlineData("https://id.example", "client", "", "group", "admin", "PersonKey")]
    [InlineData("https://id.example", "client", "key", null, "admin", "Roles are missing")]
    [InlineData("https://id.example", "client", "key", "", "admin", "Roles:0:Value")]
    [InlineData("https://id.example", "client", "key", "group", "agent", "Roles:0:Role")]
    public void Settings_that_would_let_in_nobody_or_anybody_end_the_start(string authority, string client, string key, string? value, string role, string? fault)
    {
        var provider = new Provider { Authority = new(authority), ClientId = client, PersonKey = key, Roles = value is null ? [] : [new() { Value = value, Role = role }] };
        if (fault is null) Assert.Null(provider.Fault());
        else Assert.StartsWith(fault, provider.Fault(), StringComparison.Ordinal);
    }

    [Fact]
    public void What_somebody_may_is_what_their_values_give_and_no_more()
    {
        var provider = new Provider { Roles = [new() { Value = "a", Role = "admin", Workspace = "one" }, new() { Value = "v", Role = "viewer" }, new() { Value = "A", Role = "admin" }] };
        Assert.Equal([new("admin", "one"), new("viewer", null)], provider.AccessOf([new("groups", "a"), new("groups", "v"), new("other", "A")]));
        Assert.Empty(provider.AccessOf([new Claim("groups", "nothing")]));
    }

    async Task<IPage> SignedInAsync(string person, string path)
    {
        var page = await AtProviderAsync(person, path);
        await Expect(page).ToHaveURLAsync(At(path));
        await Expect(page.Locator(".who")).ToHaveTextAsync(person);
        return page;
    }

    async Task<IPage> AtProviderAsync(string person, string path)
    {
        var page = await console.OpenAsync(path);
        await page.GetByRole(AriaRole.Link, new() { Name = "Sign in with Example Ltd" }).ClickAsync();
        await page.GetByLabel("Who are you?").FillAsync(person);
        await page.GetByRole(AriaRole.Button, new() { Name = "Log in" }).ClickAsync();
        return page;
    }

    /// <summary>Whoever has stolen the cookie.</summary>
    async Task<HttpClient> CopyOfAsync(IPage page)
    {
        var cookies = await page.Context.CookiesAsync([console.Address.ToString()]);
        var client = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = console.Address };
        client.DefaultRequestHeaders.Add("Cookie", string.Join("; ", cookies.Select(c => $"{c.Name}={c.Value}")));
        return client;
    }

    static async Task<HttpStatusCode> StatusAsync(HttpClient client)
    {
        using var answer = await client.GetAsync(new Uri($"/w/{Watched}/inbox", UriKind.Relative), Cancellation);
        return answer.StatusCode;
    }

    async Task<HttpStatusCode> LogOutAsync(string token)
    {
        using var provider = new HttpClient { BaseAddress = console.Address };
        using var form = new FormUrlEncodedContent([new("logout_token", token)]);
        using var answer = await provider.PostAsync(new Uri("/sign-out/back-channel", UriKind.Relative), form, Cancellation);
        return answer.StatusCode;
    }

    string At(string path) => new Uri(console.Address, path).ToString();
}
