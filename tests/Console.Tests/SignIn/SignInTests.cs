using System.Net;
using System.Text.RegularExpressions;
using AutoDev.OperatorConsole.SignIn;
using AutoDev.ServiceDefaults.Security;
using AutoDev.Testing;
using Xunit;

namespace AutoDev.OperatorConsole.Tests.SignIn;

public sealed partial class SignInTests(ConsoleService console)
{
    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_page_leads_to_the_sign_in_and_from_there_back_with_a_cookie_that_no_script_reads()
    {
        using var browser = Browser();
        var page = await browser.GetAsync(Relative("/w/acme/inbox"), Cancellation);
        Assert.Equal(HttpStatusCode.Redirect, page.StatusCode);
        Assert.Equal("/sign-in?return=%2Fw%2Facme%2Finbox", page.Headers.Location!.PathAndQuery);

        var answer = await SignInAsync(browser, TestInstallation.AdminKey, "/w/acme/inbox");
        Assert.Equal("/w/acme/inbox", answer.Headers.Location!.OriginalString);
        var cookie = answer.Headers.GetValues("Set-Cookie").Single(c => c.StartsWith("autodev.session=", StringComparison.Ordinal));
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=lax", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(TestInstallation.AdminKey, cookie, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync(Relative("/w/acme/inbox"), Cancellation)).StatusCode);
    }

    [Theory]
    [InlineData("", "unknown")]
    [InlineData("not-a-key", "unknown")]
    [InlineData("agent", "agent")]
    public async Task A_key_that_opens_no_page_is_told_so(string key, string trouble)
    {
        if (key == "agent") key = await console.KeyAsync(Roles.Agent);
        using var browser = Browser();
        var answer = await SignInAsync(browser, key, "/");
        Assert.StartsWith($"/sign-in?trouble={trouble}", answer.Headers.Location!.OriginalString, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Redirect, (await browser.GetAsync(Relative("/"), Cancellation)).StatusCode);
    }

    [Fact]
    public async Task Without_the_forms_token_nobody_is_signed_in()
    {
        using var browser = Browser();
        using var form = new FormUrlEncodedContent([new("key", TestInstallation.AdminKey)]);
        var answer = await browser.PostAsync(Relative("/sign-in"), form, Cancellation);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.False(answer.Headers.TryGetValues("Set-Cookie", out var cookies) && cookies.Any(c => c.StartsWith("autodev.session", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task An_operator_of_one_workspace_opens_no_page_and_no_list_of_another()
    {
        var (mine, other) = (await console.WorkspaceAsync(), await console.WorkspaceAsync());
        var key = await console.KeyAsync(Roles.Operator, mine);
        using var browser = Browser();
        await SignInAsync(browser, key, "/");
        Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync(Relative($"/w/{mine}/inbox"), Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.Redirect, (await browser.GetAsync(Relative($"/w/{other}/inbox"), Cancellation)).StatusCode);

        using var api = console.ClientWithKey(key);
        Assert.Equal(HttpStatusCode.OK, (await api.GetAsync(Relative($"/api/console/workspaces/{mine}/inbox"), Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await api.GetAsync(Relative($"/api/console/workspaces/{other}/inbox"), Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await console.ClientWithKey(null).GetAsync(Relative($"/api/console/workspaces/{mine}/inbox"), Cancellation)).StatusCode);
    }

    [Fact]
    public async Task A_revoked_key_is_signed_out_at_the_next_request()
    {
        var key = await console.KeyAsync(Roles.Admin);
        using var browser = Browser();
        await SignInAsync(browser, key, "/");
        Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync(Relative("/"), Cancellation)).StatusCode);

        await console.RevokeAsync(key, Roles.Admin);
        await Eventually.IsTrueAsync("the key to be refused", async () => (await browser.GetAsync(Relative("/"), Cancellation)).StatusCode == HttpStatusCode.Redirect);
    }

    [Fact]
    public async Task Pages_may_load_nothing_from_elsewhere()
    {
        using var browser = Browser();
        var page = await browser.GetAsync(Relative("/sign-in"), Cancellation);
        Assert.Contains("default-src 'self'", page.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        var html = await page.Content.ReadAsStringAsync(Cancellation);
        Assert.DoesNotMatch("(src|href)=\"(https?:)?//", html);
        foreach (var file in File().Matches(html).Select(m => m.Groups["path"].Value).Distinct())
            Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync(Relative("/" + file), Cancellation)).StatusCode);
    }

    [Theory]
    [InlineData("/w/acme/inbox?page=2", true)]
    [InlineData("//evil.example", false)]
    [InlineData("/\\evil.example", false)]
    [InlineData("https://evil.example", false)]
    [InlineData("/\tevil", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void Nobody_is_sent_elsewhere_after_signing_in(string? path, bool isOurs) => Assert.Equal(isOurs, SignInEndpoints.IsOfThisOrigin(path));

    static Uri Relative(string path) => new(path, UriKind.Relative);

    HttpClient Browser() => console.BrowserClient();

    static async Task<HttpResponseMessage> SignInAsync(HttpClient browser, string key, string back)
    {
        var html = await browser.GetStringAsync(Relative("/sign-in"), Cancellation);
        using var form = new FormUrlEncodedContent(
            [new("key", key), new("return", back), new("__RequestVerificationToken", Token().Match(html).Groups["token"].Value)]);
        return await browser.PostAsync(Relative("/sign-in"), form, Cancellation);
    }

    [GeneratedRegex("name=\"__RequestVerificationToken\" value=\"(?<token>[^\"]+)\"", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Token();

    [GeneratedRegex("(?:src|href)=\"(?<path>[^\"#:]+\\.(?:css|js|svg))\"", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex File();
}
