using System.Collections.Concurrent;
using AutoDev.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace AutoDev.Loop.Tests.Operators;

/// <summary>What a workspace has to do with the outside: the model that it asks, and where it announces what people should know.</summary>
[Collection("live system")]
public sealed class OutsideTests(LiveSystem system)
{
    [Fact]
    public async Task A_model_that_was_set_is_tried_with_one_question_and_shows_its_answer_and_what_it_cost()
    {
        await using var model = await StandInModel.StartAsync("ollama", StandInModel.Says("""{"answer": "Ready when you are."}"""));
        var workspace = await WorkspaceAsync("model");
        var ann = await system.PersonAsync(workspace, "ann", "admin", "/settings");
        await ann.GetByRole(AriaRole.Combobox, new() { Name = "Provider" }).SelectOptionAsync(model.Setting.Provider);
        await ann.GetByLabel("Model", new() { Exact = true }).FillAsync(model.Setting.Model);
        await ann.GetByLabel("Endpoint").FillAsync(model.Setting.Endpoint!);
        await ann.GetByLabel("Price of a million tokens read").FillAsync("10");
        await ann.GetByLabel("written", new() { Exact = true }).FillAsync("20");
        await ann.GetByLabel("At most a day").FillAsync("3");
        await ann.Button("Save the model").ClickAsync();
        await Expect(ann.Says($"{StandInModel.Name} of ollama writes where examples alone do not suffice.")).ToBeVisibleAsync();

        await ann.Button("Try it").ClickAsync();
        await Expect(ann.Says("counts against today's cap")).ToBeVisibleAsync();
        await ann.Button("Ask it").ClickAsync();
        await Expect(ann.Says($"{StandInModel.Name} answered:")).ToBeVisibleAsync();
        await Expect(ann.Says("“Ready when you are.”")).ToBeVisibleAsync();
        await Expect(ann.Says("1,000 tokens read, 500 written · it cost 0.02")).ToBeVisibleAsync();
        Assert.Single(model.Requests);
        Assert.Empty(model.Violations);

        // It is on the bill, as soon as Governance has heard of it.
        await Eventually.HoldsAsync(() => system.GetAsync($"api/governance/workspaces/{workspace}/spend"), spend =>
            Assert.Equal(0.02m, spend.GetProperty("today").GetProperty("cost").GetDecimal()));
        await ann.ReloadAsync();
        await Expect(ann.Says("0.02 of 3.00 today in 1 call")).ToBeVisibleAsync();
        Assert.Empty((await system.BrowserAsync()).Complaints);
    }

    [Fact]
    public async Task An_announcement_that_did_not_arrive_is_seen_with_its_reason_and_arrives_when_it_is_sent_again()
    {
        await using var receiver = await Receiver.StartAsync();
        var workspace = await WorkspaceAsync("announce");
        var ann = await system.PersonAsync(workspace, "ann", "admin", "/settings");
        await ann.GetByLabel("Address").FillAsync(receiver.Address);
        await ann.Button("Save the address").ClickAsync();
        await Expect(ann.Says("Announcements are posted to")).ToBeVisibleAsync();
        await ann.Button("Issue a new secret").ClickAsync();
        await ann.GetByRole(AriaRole.Alertdialog).GetByLabel("Reason").FillAsync("the first");
        await ann.GetByRole(AriaRole.Alertdialog).GetByRole(AriaRole.Button, new() { Name = "Issue a new secret" }).ClickAsync();
        await Expect(ann.Says("The new secret, shown only now:")).ToBeVisibleAsync();

        // An agent graduates, and nobody hears of it.
        await system.SendAsync(HttpMethod.Put, $"api/governance/workspaces/{workspace}/agents/clerk", new { maturity = "INTERN", reason = "known" });
        await Eventually.HoldsAsync(() => system.ItemsAsync($"api/governance/workspaces/{workspace}/webhook-deliveries"), deliveries =>
            Assert.Equal("failed", Assert.Single(deliveries).GetProperty("state").GetString(), ignoreCase: true));
        await ann.Button("Look again").ClickAsync();
        var delivery = ann.GetByRole(AriaRole.Row).Filter(new() { HasText = "msg_" });
        await Expect(delivery).ToContainTextAsync("The receiver answered 410: it wants no more.");
        await delivery.GetByRole(AriaRole.Button, new() { Name = "Body" }).ClickAsync();
        await Expect(delivery).ToContainTextAsync("auto_dev_capability_unlocked");

        // The receiver is mended.
        receiver.Takes = true;
        await delivery.GetByRole(AriaRole.Button, new() { Name = "Send again" }).ClickAsync();
        await Eventually.HoldsAsync(() => system.ItemsAsync($"api/governance/workspaces/{workspace}/webhook-deliveries"), deliveries =>
            Assert.Equal("delivered", Assert.Single(deliveries).GetProperty("state").GetString(), ignoreCase: true));
        await ann.Button("Look again").ClickAsync();
        await Expect(delivery).ToContainTextAsync("delivered");
        Assert.Equal(2, receiver.Heard.Count);
        Assert.Single(receiver.Heard.Distinct()); // the same, under the same id
        await ann.GoToAsync("Notifications");
        await Expect(ann.Says("Agent has graduated")).ToBeVisibleAsync();
        Assert.Empty((await system.BrowserAsync()).Complaints);
    }

    async Task<string> WorkspaceAsync(string name)
    {
        var workspace = $"{name}-{Guid.NewGuid():N}"[..18];
        await system.SendAsync(HttpMethod.Put, $"api/governance/workspaces/{workspace}", new { });
        await system.SendAsync(HttpMethod.Patch, $"api/governance/workspaces/{workspace}/settings", new Dictionary<string, object> { ["auto_dev.enabled"] = true });
        return workspace;
    }

    /// <summary>Somebody else's server on this machine, which wants nothing until it does.</summary>
    sealed class Receiver : IAsyncDisposable
    {
        readonly WebApplication _server;

        Receiver()
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            _server = builder.Build();
            _server.Urls.Add("http://127.0.0.1:0");
            _server.MapPost("/hook", async (HttpContext http) =>
            {
                using var reader = new StreamReader(http.Request.Body);
                Heard.Enqueue((http.Request.Headers["webhook-id"].ToString(), await reader.ReadToEndAsync(http.RequestAborted)));
                return TypedResults.StatusCode(Takes ? 204 : 410);
            });
        }

        public bool Takes { get; set; }

        public ConcurrentQueue<(string Id, string Body)> Heard { get; } = new();

        public string Address => $"{_server.Urls.Single()}/hook";

        public static async Task<Receiver> StartAsync()
        {
            var receiver = new Receiver();
            await receiver._server.StartAsync();
            return receiver;
        }

        public ValueTask DisposeAsync() => _server.DisposeAsync();
    }
}
