using System.Net;
using System.Security.Cryptography;
using System.Text;
using AutoDev.Testing;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace AutoDev.Loop.Tests.Operators;

/// <summary>Somebody who says what counts: a shop that reports outcomes, the weights of what it reports, and how long it is waited for.</summary>
[Collection("live system")]
public sealed class ScoresTests(LiveSystem system)
{
    const string Rules = """
        [{"name": "bounced", "when": [{"path": "/type", "is": "mail.bounced"}], "subject": "skill:{/product}", "signal": "email_bounce", "signal_id": "{/id}/bounced"}]
        """;

    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_a_shop_reports_counts_once_its_rules_are_right_and_for_as_much_as_the_weights_say()
    {
        var skills = new SkillsInUse(system);
        var workspace = await skills.WorkspaceAsync();
        await skills.ImportAsync(workspace, SkillsInUse.NameCustomers, SkillsInUse.NameCustomersSource, SkillsInUse.NameCustomersExample);
        await ScoreAsync(workspace, score => Assert.True(score > 0.9));
        var ann = await system.PersonAsync(workspace, "ann", "admin", "/fitness");

        // A source for the shop, with a rule that looks at the wrong place; its secret is shown once.
        await ann.Link("Webhooks").ClickAsync();
        await ann.GetByRole(AriaRole.Textbox, new() { Name = "New source" }).FillAsync("shop");
        await ann.Button("Write its rules").ClickAsync();
        await ann.GetByLabel("Rules, as JSON").FillAsync(Rules);
        await ConfirmAsync(ann, "Make the source", "the shop's mail");
        var secret = await SecretAsync(ann, otherThan: null);
        await ann.ReloadAsync();
        await Expect(ann.Says("Nothing came yet.")).ToBeVisibleAsync();
        await Expect(ann.GetByText("shown only now")).ToHaveCountAsync(0);

        // What the shop posts comes to nothing, and why is seen.
        Assert.Equal(HttpStatusCode.Accepted, await PostAsync(workspace, secret, "msg_1", """{"type": "mail.bounced", "id": "m_1", "skill": "name_customers@1.0.0"}"""));
        await ann.Link("Failed").ClickAsync();
        var delivery = ann.GetByRole(AriaRole.Row).Filter(new() { HasText = "msg_1" });
        await Expect(delivery).ToContainTextAsync("/product");
        await delivery.GetByRole(AriaRole.Button, new() { Name = "Body" }).ClickAsync();
        await Expect(delivery).ToContainTextAsync("\"id\":\"m_1\"");

        // The rule is mended, tried on what came, and what came is tried again.
        await ann.GetByLabel("Rules, as JSON").FillAsync(Rules.Replace("/product", "/skill", StringComparison.Ordinal));
        await ann.GetByLabel("A body to try them on").FillAsync("""{"type": "mail.bounced", "id": "m_2", "skill": "name_customers@1.0.0"}""");
        await ann.Button("Try").ClickAsync();
        await Expect(ann.Says("It would be recorded.")).ToBeVisibleAsync();
        await ConfirmAsync(ann, "Save the rules", "it is called skill");
        await Expect(ann.Button("Save the rules")).ToBeVisibleAsync();
        await delivery.GetByRole(AriaRole.Button, new() { Name = "Try again" }).ClickAsync();
        await Expect(ann.Says("Nothing of that kind.")).ToBeVisibleAsync();
        await ann.Link("All").ClickAsync();
        await Expect(delivery).ToContainTextAsync("recorded");
        await Expect(delivery).ToContainTextAsync("tried again once");

        // A new secret, while the one before is still taken.
        await ConfirmAsync(ann, "Issue a new secret", "it was in a mail");
        var rotated = await SecretAsync(ann, otherThan: secret);
        foreach (var (id, key) in new[] { ("msg_2", secret), ("msg_3", rotated) })
            Assert.Equal(HttpStatusCode.Accepted, await PostAsync(workspace, key, id, $$"""{"type": "mail.sent", "id": "{{id}}"}"""));
        Assert.Equal(HttpStatusCode.Unauthorized, await PostAsync(workspace, $"whsec_{Convert.ToBase64String(new byte[32])}", "msg_4", "{}"));

        // It counts.
        var bounced = await ScoreAsync(workspace, score => Assert.True(score < 0.9));
        await ann.GoToAsync("Fitness");
        await ann.GetByRole(AriaRole.Main).GetByRole(AriaRole.Link).Filter(new() { HasText = "name_customers 1.0.0" }).First.ClickAsync();
        await Expect(ann.GetByRole(AriaRole.Region, new() { Name = "Its parts" })).ToContainTextAsync("webhook:shop");

        // From now on more: seen before it is saved.
        await ann.GoToAsync("Fitness");
        await ann.Link("How scores are made").ClickAsync();
        var weight = ann.GetByRole(AriaRole.Spinbutton, new() { Name = "Email bounce" });
        await weight.FillAsync("-0.6");
        await ann.Button("Show what would change").ClickAsync();
        await Expect(ann.Says(" scores would be another")).ToBeVisibleAsync();
        await Expect(ann.GetByRole(AriaRole.Region, new() { Name = "What would change" }).GetByRole(AriaRole.Row).Filter(new() { HasText = "name_customers 1.0.0" })).ToHaveCountAsync(1);
        Assert.Equal(bounced, await ScoreAsync(workspace, score => Assert.NotNull(score)));
        await ConfirmAsync(ann, "Save these weights", "customers leave over it");
        await Expect(ann.Says("Saved. Every score is counted again.")).ToBeVisibleAsync();
        await Expect(ann.Says("This workspace has weights of its own, set by ann")).ToBeVisibleAsync();
        await ScoreAsync(workspace, score => Assert.True(score < bounced));

        // And outcomes are waited for half a day.
        await ann.GetByRole(AriaRole.Spinbutton, new() { Name = "Days" }).FillAsync("0.5");
        await ann.Button("Save").ClickAsync();
        await Expect(ann.Says("Saved. What has waited longer is evaluated within seconds.")).ToBeVisibleAsync();
        await Expect(ann.Says("waits 12 hours for outcomes from outside")).ToBeVisibleAsync();
        Assert.Empty((await system.BrowserAsync()).Complaints);
    }

    static async Task ConfirmAsync(IPage page, string label, string reason)
    {
        await page.Button(label).ClickAsync();
        var question = page.GetByRole(AriaRole.Alertdialog, new() { Name = label });
        await question.GetByLabel("Reason").FillAsync(reason);
        await question.GetByRole(AriaRole.Button, new() { Name = label, Exact = true }).ClickAsync();
        await Expect(question).ToHaveCountAsync(0);
    }

    static async Task<string> SecretAsync(IPage page, string? otherThan)
    {
        var shown = page.GetByRole(AriaRole.Status).Filter(new() { HasText = "shown only now" }).Locator("code");
        if (otherThan is not null) await Expect(shown).Not.ToHaveTextAsync(otherThan);
        return await shown.InnerTextAsync();
    }

    /// <summary>As a shop does it that follows Standard Webhooks.</summary>
    async Task<HttpStatusCode> PostAsync(string workspace, string secret, string id, string body)
    {
        var timestamp = $"{DateTimeOffset.UtcNow.ToUnixTimeSeconds()}";
        var signature = HMACSHA256.HashData(Convert.FromBase64String(secret["whsec_".Length..]), Encoding.UTF8.GetBytes($"{id}.{timestamp}.{body}"));
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(system.Api.BaseAddress!, $"webhooks/{workspace}/shop"))
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
            Headers = { { "webhook-id", id }, { "webhook-timestamp", timestamp }, { "webhook-signature", $"v1,{Convert.ToBase64String(signature)}" } },
        };
        using var shop = new HttpClient();
        using var answer = await shop.SendAsync(request, Cancellation);
        return answer.StatusCode;
    }

    /// <summary>The score of the version in the catalog, once it is as it should be.</summary>
    async Task<double?> ScoreAsync(string workspace, Action<double?> check)
    {
        double? score = null;
        await Eventually.HoldsAsync(() => system.ItemsAsync($"api/fitness/workspaces/{workspace}/scores?kind=skill"), scores =>
        {
            score = scores.Select(s => (double?)s.GetProperty("score").GetDouble()).SingleOrDefault();
            check(score);
        });
        return score;
    }
}
