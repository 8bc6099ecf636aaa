using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using AutoDev.Testing;
using Microsoft.Playwright;
using Xunit;

namespace AutoDev.Loop.Tests.Operators;

/// <summary>People at the Console, and what of a page they use: by role and name, as a screen reader says it.</summary>
static class Desk
{
    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Issues an operator's key, and signs its holder in with a browser of their own.</summary>
    public static Task<IPage> OperatorAsync(this LiveSystem system, string workspace, string name, string path) => system.PersonAsync(workspace, name, "operator", path);

    /// <summary>Issues a key of this role, and signs its holder in with a browser of their own.</summary>
    public static async Task<IPage> PersonAsync(this LiveSystem system, string workspace, string name, string role, string path)
    {
        using var issued = await system.Api.PostAsJsonAsync(
            new Uri($"api/governance/workspaces/{workspace}/api-keys", UriKind.Relative), new { name, role, reason = "a test" }, Cancellation);
        var key = (await issued.Content.ReadFromJsonAsync<JsonElement>(Cancellation)).GetProperty("key").GetString()!;
        foreach (var list in new[] { "console/workspaces/{0}/inbox", "memento/workspaces/{0}/skills", "evolver/workspaces/{0}/mutations", "fitness/workspaces/{0}/scores" })
            await system.OpensAsync(key, "api/" + list.Replace("{0}", workspace, StringComparison.Ordinal));
        return await (await system.BrowserAsync()).SignInAsync($"/w/{workspace}{path}", key);
    }

    /// <summary>Waits until a service has heard of the key.</summary>
    public static Task OpensAsync(this LiveSystem system, string key, string path) => Eventually.IsTrueAsync($"{path} to be open to the new key", async () =>
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(system.Api.BaseAddress!, path)) { Headers = { { "X-Api-Key", key } } };
        using var http = new HttpClient();
        using var answer = await http.SendAsync(request, Cancellation);
        return answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.Forbidden;
    });

    public static ILocator Button(this IPage page, string name) => page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true });

    public static ILocator Link(this IPage page, string name) => page.GetByRole(AriaRole.Main).GetByRole(AriaRole.Link, new() { Name = name, Exact = true });

    public static ILocator Says(this IPage page, string text) => page.GetByRole(AriaRole.Main).GetByText(text).First;

    /// <summary>What stands somewhere by itself, such as a status.</summary>
    public static ILocator Stands(this IPage page, string text) => page.GetByRole(AriaRole.Main).GetByText(text, new() { Exact = true }).First;

    /// <summary>Chooses a page at the side.</summary>
    public static async Task GoToAsync(this IPage page, string name)
    {
        await page.GetByRole(AriaRole.Navigation, new() { Name = "Pages", Exact = true }).GetByRole(AriaRole.Link, new() { Name = name, Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Heading, new() { Name = name, Exact = true, Level = 1 }).WaitForAsync();
    }
}
