using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using AutoDev.Contracts.Fitness;
using AutoDev.Contracts.Governance;
using AutoDev.Fitness.Webhooks;
using AutoDev.ServiceDefaults.Security;
using Marten;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace AutoDev.Fitness.Tests;

[Collection(RunningFitness.Name)]
public sealed class WebhookTests(FitnessFixture fitness)
{
    const string Skill = "skill:extract@1.0.0", Paid = """{"type":"invoice.paid","id":"in_1","skill":"extract@1.0.0","amount":120}""";

    static readonly object Rules = new[]
    {
        new
        {
            name = "paid", when = new object[] { new { path = "/type", @is = "invoice.paid" } }, subject = "skill:{/skill}", signal = "conversion_value",
            value = "{/amount}", signal_id = "{/id}/paid",
        },
    };

    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_another_system_signs_becomes_a_signal_once()
    {
        var (workspace, key) = await MakeAsync();
        var heard = await fitness.ListenAsync<FitnessSignalReceived>();
        Assert.Equal((202, "recorded", false), await DeliverAsync(workspace, "crm", "msg_1", Paid, key));
        var signal = await heard.WaitAsync(s => s.WorkspaceId == workspace);
        Assert.Equal(("crm/in_1/paid", Skill, "conversion_value", 120.0, "webhook:crm"), (signal.SignalId, signal.Subject, signal.Signal, signal.Value,
            signal.ReportedBy));
        Assert.Equal((200, "recorded", true), await DeliverAsync(workspace, "crm", "msg_1", Paid, key));
        Assert.Equal((202, "recorded", false), await DeliverAsync(workspace, "crm", "msg_2", Paid, key)); // the same fact, sent anew
        Assert.Equal((202, "ignored", false), await DeliverAsync(workspace, "crm", "msg_3", """{"type":"invoice.sent"}""", key));

        await fitness.SubjectAsync(workspace, Skill, s => s is { SignalCount: 1, Sum: 0.12m });
        Assert.Equal(["recorded", "duplicate"], (await DeliveriesAsync(workspace, "?state=recorded")).Reverse().Select(d =>
            d.GetProperty("signals")[0].GetProperty("status").GetString()));
        Assert.Equal(3, (await DeliveriesAsync(workspace, "")).Count);
        Assert.Single(heard.Messages, s => s.WorkspaceId == workspace);
    }

    [Fact]
    public async Task Whoever_cannot_sign_hears_nothing_of_what_there_is()
    {
        var (workspace, key) = await MakeAsync();
        Assert.Equal(401, (await DeliverAsync(workspace, "crm", "msg_1", Paid, new byte[32])).Status);
        Assert.Equal(401, (await DeliverAsync(workspace, "crm", "msg_1", Paid, key, DateTimeOffset.UtcNow.AddMinutes(-6))).Status);
        var (nowhere, noSource) = (await RefusalAsync("nowhere", "crm", key), await RefusalAsync(workspace, "erp", key));
        Assert.Equal((404, nowhere), (noSource.Status, noSource));
        Assert.Equal(400, (await DeliverAsync(workspace, "crm", "msg_1", "{", key)).Status);
        Assert.Equal(413, (await DeliverAsync(workspace, "crm", "msg_1", $"\"{new string('x', 256 * 1024)}\"", key)).Status);
        Assert.Empty(await DeliveriesAsync(workspace, ""));
    }

    [Fact]
    public async Task A_secret_is_shown_once_and_the_one_before_is_taken_along()
    {
        var (workspace, key) = await MakeAsync();
        var path = $"/workspaces/{workspace}/webhooks/crm";
        Assert.Equal(JsonValueKind.Null, (await fitness.GetAsync(path)).Body.GetProperty("secret").ValueKind);
        var (status, rotated) = await fitness.PostAsync($"{path}/secret", new { });
        Assert.Equal(200, status);
        Assert.Equal(202, (await DeliverAsync(workspace, "crm", "msg_1", Paid, KeyOf(rotated))).Status);
        Assert.Equal(202, (await DeliverAsync(workspace, "crm", "msg_2", Paid, key)).Status);
    }

    [Fact]
    public async Task What_came_to_nothing_is_tried_again_after_its_rules_were_mended()
    {
        var decided = await fitness.ListenAsync<DecisionMade>();
        var (workspace, key) = await MakeAsync();
        const string body = """{"type":"invoice.paid","id":"in_1","skill":"extract@1.0.0","total":80}""";
        Assert.Equal((202, "failed", false), await DeliverAsync(workspace, "crm", "msg_1", body, key));
        var failed = Assert.Single(await DeliveriesAsync(workspace, "?state=failed"));
        Assert.Contains("/amount", failed.GetProperty("signals")[0].GetProperty("why").GetString(), StringComparison.Ordinal);

        var mended = JsonSerializer.Deserialize<JsonElement>(JsonSerializer.Serialize(Rules).Replace("/amount", "/total", StringComparison.Ordinal));
        var path = $"/workspaces/{workspace}/webhooks/crm";
        var (_, tried) = await fitness.PostAsync($"{path}/try", new { body = JsonElement.Parse(body), rules = mended });
        Assert.Equal(("recorded", 80.0), (tried.GetProperty("state").GetString(),
            tried.GetProperty("results")[0].GetProperty("signal").GetProperty("value").GetDouble()));
        Assert.Equal(200, (await fitness.PutAsync(path, new { rules = mended, reason = "it is total" })).Status);
        var (status, replayed) = await fitness.PostAsync($"{path}/deliveries/msg_1/replay", new { });
        Assert.Equal((200, "recorded", 1), (status, replayed.GetProperty("state").GetString(), replayed.GetProperty("replays").GetInt32()));
        await fitness.SubjectAsync(workspace, Skill, s => s is { SignalCount: 1, Sum: 0.08m });
        Assert.Equal("recorded", (await fitness.PostAsync($"{path}/deliveries/msg_1/replay", new { })).Body.GetProperty("state").GetString());
        Assert.Equal(404, (await fitness.PostAsync($"{path}/deliveries/msg_9/replay", new { })).Status);
        foreach (var action in new[] { "webhook_made", "webhook_changed", "webhook_delivery_replayed" })
            await decided.WaitAsync(d => d.WorkspaceId == workspace && d.Action == action);
    }

    [Fact]
    public async Task An_administrator_makes_and_removes_webhooks_and_an_operator_looks()
    {
        var (workspace, key) = await MakeAsync();
        var path = $"/workspaces/{workspace}/webhooks/crm";
        using var @operator = await fitness.ClientAsync(workspace, Roles.Operator);
        Assert.Equal(403, (await fitness.PutAsync(path, new { rules = Rules }, @operator)).Status);
        var (_, webhooks) = await fitness.GetAsync($"/workspaces/{workspace}/webhooks", @operator);
        Assert.Equal("crm", webhooks.GetProperty("items")[0].GetProperty("source").GetString());
        Assert.Equal(400, (await fitness.PutAsync($"/workspaces/{workspace}/webhooks/C", new { rules = Rules })).Status);
        Assert.Equal(204, (await fitness.SendAsync(HttpMethod.Delete, path, null)).Status);
        Assert.Equal(404, (await DeliverAsync(workspace, "crm", "msg_1", Paid, key)).Status);
        Assert.Equal(404, (await fitness.GetAsync(path)).Status);
    }

    [Fact]
    public async Task Deliveries_are_forgotten_after_some_weeks()
    {
        var (workspace, key) = await MakeAsync();
        await DeliverAsync(workspace, "crm", "msg_1", Paid, key);
        var store = fitness.Services.GetRequiredService<IDocumentStore>();
        await ForgetDeliveries.ForgetAsync(store, DateTimeOffset.UtcNow.AddDays(ForgetDeliveries.KeptDays - 1), Cancellation);
        Assert.Single(await DeliveriesAsync(workspace, ""));
        await ForgetDeliveries.ForgetAsync(store, DateTimeOffset.UtcNow.AddDays(ForgetDeliveries.KeptDays + 1), Cancellation);
        Assert.Empty(await DeliveriesAsync(workspace, ""));
    }

    async Task<(string Workspace, byte[] Key)> MakeAsync()
    {
        var workspace = await fitness.WorkspaceAsync();
        var (status, made) = await fitness.PutAsync($"/workspaces/{workspace}/webhooks/crm", new { rules = Rules });
        Assert.Equal((201, $"/webhooks/{workspace}/crm"), (status, made.GetProperty("path").GetString()));
        return (workspace, KeyOf(made));
    }

    static byte[] KeyOf(JsonElement webhook) => Convert.FromBase64String(webhook.GetProperty("secret").GetString()!["whsec_".Length..]);

    async Task<IReadOnlyList<JsonElement>> DeliveriesAsync(string workspace, string query) =>
        [.. (await fitness.GetAsync($"/workspaces/{workspace}/webhooks/crm/deliveries{query}")).Body.GetProperty("items").EnumerateArray()];

    async Task<(int Status, string? State, bool IsDuplicate)> DeliverAsync(
        string workspace, string source, string id, string body, byte[] key, DateTimeOffset? at = null)
    {
        using var response = await SendAsync(workspace, source, id, body, key, at);
        if (!response.IsSuccessStatusCode) return ((int)response.StatusCode, null, false);
        var receipt = JsonElement.Parse(await response.Content.ReadAsStringAsync(Cancellation));
        return ((int)response.StatusCode, receipt.GetProperty("state").GetString(), receipt.GetProperty("is_duplicate").GetBoolean());
    }

    async Task<(int Status, string? Detail)> RefusalAsync(string workspace, string source, byte[] key)
    {
        using var response = await SendAsync(workspace, source, "msg_1", Paid, key, at: null);
        return ((int)response.StatusCode, JsonElement.Parse(await response.Content.ReadAsStringAsync(Cancellation)).GetProperty("detail").GetString());
    }

    async Task<HttpResponseMessage> SendAsync(string workspace, string source, string id, string body, byte[] key, DateTimeOffset? at)
    {
        var timestamp = (at ?? DateTimeOffset.UtcNow).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri($"/webhooks/{workspace}/{source}", UriKind.Relative));
        request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        request.Headers.Add("webhook-id", id);
        request.Headers.Add("webhook-timestamp", timestamp);
        request.Headers.Add("webhook-signature", Signature.Sign(key, Encoding.UTF8.GetBytes($"{id}.{timestamp}.{body}")));
        return await fitness.ClientWithKey(null).SendAsync(request, Cancellation);
    }
}
