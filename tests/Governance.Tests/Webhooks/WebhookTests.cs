using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using AutoDev.ServiceDefaults.Http;
using AutoDev.Testing;
using Microsoft.AspNetCore.Builder;

namespace AutoDev.Governance.Tests.Webhooks;

/// <summary>Announcements, received by a real server on this machine.</summary>
public sealed class WebhookTests(GovernanceService service) : IAsyncLifetime
{
    readonly ConcurrentQueue<Received> _received = new();
    readonly WebApplication _receiver = WebApplication.CreateSlimBuilder().Build();
    Func<int, int> _answer = _ => 204;
    string _url = "";

    public async ValueTask InitializeAsync()
    {
        _receiver.MapPost("/hook", async http =>
        {
            using var reader = new StreamReader(http.Request.Body);
            var received = new Received(http.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase),
                await reader.ReadToEndAsync());
            _received.Enqueue(received);
            http.Response.StatusCode = _answer(_received.Count);
            if (http.Response.StatusCode == 302) http.Response.Headers.Location = _url;
        });
        _receiver.Urls.Add("http://127.0.0.1:0");
        await _receiver.StartAsync();
        _url = $"{_receiver.Urls.First()}/hook";
    }

    public ValueTask DisposeAsync() => _receiver.DisposeAsync();

    [Fact]
    public async Task A_graduation_is_announced_signed_and_in_the_words_of_the_guide()
    {
        var (workspace, secret) = await WorkspaceAsync();
        await GraduateAsync(workspace, "INTERN");

        var received = await ReceivedAsync(1);
        var body = JsonElement.Parse(received.Body);
        Assert.Equal(("auto_dev_capability_unlocked", "bot", "auto_dev.memento_skills", true, workspace),
            (body.GetProperty("type").GetString(), body.GetProperty("agent_id").GetString(), body.GetProperty("capability")
                .GetString(), body.GetProperty("action_required").GetBoolean(),
                body.GetProperty("workspace_id").GetString()));
        Assert.StartsWith("Agent has graduated", body.GetProperty("message").GetString(), StringComparison.Ordinal);
        AssertSigned(received, secret);
        Assert.InRange(DateTimeOffset.FromUnixTimeSeconds(long.Parse(received.Headers["webhook-timestamp"], System.Globalization.CultureInfo.InvariantCulture)),
            DateTimeOffset.UtcNow.AddMinutes(-1), DateTimeOffset.UtcNow.AddMinutes(1));

        var delivered = await DeliveryAsync(workspace, "delivered");
        Assert.Equal(received.Headers["webhook-id"], delivered.GetProperty("id").GetString());
        var notification = (await service.GetAsync($"/workspaces/{workspace}/notifications")).GetProperty("items")[0];
        Assert.Equal(body.GetProperty("message").GetString(), notification.GetProperty("message").GetString());
    }

    [Fact]
    public async Task A_receiver_that_stumbles_gets_it_again_under_the_same_id_and_each_capability_once()
    {
        _answer = count => count == 1 ? 500 : 200;
        var (workspace, secret) = await WorkspaceAsync();
        await GraduateAsync(workspace, "SUPERVISED");

        await Eventually.IsTrueAsync("both to be delivered", async () =>
            (await service.GetAsync($"/workspaces/{workspace}/webhook-deliveries?state=delivered")).GetProperty("items").GetArrayLength() == 2);
        Assert.Equal(3, _received.Count);
        Assert.All(_received, r => AssertSigned(r, secret));
        Assert.Equal(["auto_dev.alpha_evolver", "auto_dev.memento_skills"],
            _received.DistinctBy(r => r.Headers["webhook-id"]).Select(r => JsonElement.Parse(r.Body).GetProperty("capability").GetString()).Order());
    }

    [Fact]
    public async Task What_did_not_arrive_is_sent_again_under_its_id_when_an_administrator_asks()
    {
        _answer = count => count == 1 ? 410 : 200;
        var (workspace, secret) = await WorkspaceAsync();
        await GraduateAsync(workspace, "INTERN");
        var failed = await DeliveryAsync(workspace, "failed");
        var id = failed.GetProperty("id").GetString();
        using var again = await service.Admin.PostAsync($"/workspaces/{workspace}/webhook-deliveries/{id}/replay?reason=mended", content: null);
        Assert.Equal(System.Net.HttpStatusCode.OK, again.StatusCode);
        var delivered = await DeliveryAsync(workspace, "delivered");
        Assert.Equal((id, 1), (delivered.GetProperty("id").GetString(), delivered.GetProperty("attempts").GetInt32()));
        Assert.Equal(_received.First().Headers["webhook-id"], (await ReceivedAsync(2)).Headers["webhook-id"]);
        AssertSigned(await ReceivedAsync(2), secret);
        var audit = (await service.GetAsync($"/workspaces/{workspace}/audit?subject=webhook-delivery:{id}")).GetProperty("items")[0];
        Assert.Equal(("webhook_delivery_replayed", "mended"), (audit.GetProperty("action").GetString(), audit.GetProperty("reason").GetString()));
        using var nobodys = await service.Admin.PostAsync($"/workspaces/{workspace}/webhook-deliveries/msg_nobodys/replay", content: null);
        Assert.Equal(System.Net.HttpStatusCode.NotFound, nobodys.StatusCode);
    }

    [Theory]
    [InlineData(500, 3, "The receiver answered 500.")]
    [InlineData(302, 3, "The receiver answered 302.")]
    [InlineData(410, 1, "The receiver answered 410: it wants no more.")]
    public async Task A_receiver_that_never_takes_it_is_given_up_with_the_reason(int answer, int attempts, string why)
    {
        _answer = _ => answer;
        var (workspace, _) = await WorkspaceAsync();
        await GraduateAsync(workspace, "INTERN");

        var failed = await DeliveryAsync(workspace, "failed");
        Assert.Equal((attempts, why), (failed.GetProperty("attempts").GetInt32(), failed.GetProperty("last_error").GetString()));
        Assert.Equal(attempts, _received.Count);
    }

    [Fact]
    public async Task A_new_secret_signs_at_once_and_the_one_before_signs_along()
    {
        var (workspace, old) = await WorkspaceAsync();
        var fresh = await SecretAsync(workspace);
        await GraduateAsync(workspace, "INTERN");

        var received = await ReceivedAsync(1);
        Assert.Equal(2, received.Headers["webhook-signature"].Split(' ').Length);
        AssertSigned(received, old);
        AssertSigned(received, fresh);
        Assert.Equal(2, (await service.GetAsync($"/workspaces/{workspace}/audit?kind=webhook_secret_issued")).GetProperty("items").GetArrayLength());
        Assert.DoesNotContain(fresh["whsec_".Length..], (await service.GetAsync($"/workspaces/{workspace}/audit")).GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_an_address_nothing_is_to_be_sent_and_without_a_secret_nothing_is_sent()
    {
        var silent = await service.WorkspaceAsync();
        await GraduateAsync(silent, "INTERN");
        Assert.Equal(0, (await service.GetAsync($"/workspaces/{silent}/webhook-deliveries")).GetProperty("items").GetArrayLength());

        var unsigned = await service.WorkspaceAsync();
        await AddressAsync(unsigned);
        await GraduateAsync(unsigned, "INTERN");
        Assert.Contains("no secret", (await DeliveryAsync(unsigned, "failed")).GetProperty("last_error").GetString(), StringComparison.Ordinal);
        Assert.Empty(_received);
    }

    [Theory]
    [InlineData("8.8.8.8", true)]
    [InlineData("2001:4860:4860::8888", true)]
    [InlineData("127.0.0.1", false)]
    [InlineData("127.9.9.9", false)]
    [InlineData("10.1.2.3", false)]
    [InlineData("172.16.0.1", false)]
    [InlineData("172.32.0.1", true)]
    [InlineData("192.168.1.1", false)]
    [InlineData("169.254.169.254", false)]
    [InlineData("100.64.0.1", false)]
    [InlineData("0.0.0.0", false)]
    [InlineData("224.0.0.1", false)]
    [InlineData("::1", false)]
    [InlineData("::", false)]
    [InlineData("fe80::1", false)]
    [InlineData("fd00::1", false)]
    [InlineData("::ffff:10.0.0.1", false)]
    public void Only_public_addresses_are_public(string address, bool isPublic) => Assert.Equal(isPublic, PublicAddress.IsPublic(IPAddress.Parse(address)));

    [Fact]
    public async Task Where_private_networks_are_closed_nothing_reaches_them()
    {
        using var client = new HttpClient(PublicAddress.Handler(allowPrivate: false, "Webhooks:AllowPrivate"));
        var refused = await Assert.ThrowsAsync<HttpRequestException>(() => client.PostAsync(new Uri(_url), content: null));
        Assert.Contains("private network", refused.GetBaseException().Message, StringComparison.Ordinal);
        Assert.Empty(_received);
    }

    async Task<(string Workspace, string Secret)> WorkspaceAsync()
    {
        var workspace = await service.WorkspaceAsync();
        await AddressAsync(workspace);
        return (workspace, await SecretAsync(workspace));
    }

    async Task AddressAsync(string workspace)
    {
        using var patched = await service.Admin.PatchAsJsonAsync($"/workspaces/{workspace}/settings", new { webhook_url = _url });
        patched.EnsureSuccessStatusCode();
    }

    async Task<string> SecretAsync(string workspace)
    {
        using var issued = await service.Admin.PostAsync($"/workspaces/{workspace}/webhook-secret", content: null);
        return (await GovernanceService.JsonAsync(issued)).GetProperty("secret").GetString()!;
    }

    async Task GraduateAsync(string workspace, string maturity)
    {
        using var put = await service.Admin.PutAsJsonAsync($"/workspaces/{workspace}/agents/bot", new { maturity = "STUDENT" });
        using var raised = await service.Admin.PutAsJsonAsync($"/workspaces/{workspace}/agents/bot/maturity", new { maturity, reason = "exam" });
        raised.EnsureSuccessStatusCode();
    }

    Task<Received> ReceivedAsync(int count) => Eventually.GetAsync($"announcement {count}", () => Task.FromResult(_received.ElementAtOrDefault(count - 1)));

    async Task<JsonElement> DeliveryAsync(string workspace, string state) => (JsonElement)await Eventually.GetAsync($"a delivery that is {state}", async () =>
        (await service.GetAsync($"/workspaces/{workspace}/webhook-deliveries?state={state}")).GetProperty("items") is var items && items.GetArrayLength() == 1
            ? (object)items[0] : null);

    /// <summary>As a receiver checks it: written from the standard, not from the code.</summary>
    static void AssertSigned(Received received, string secret)
    {
        Assert.StartsWith("whsec_", secret, StringComparison.Ordinal);
        var signed = $"{received.Headers["webhook-id"]}.{received.Headers["webhook-timestamp"]}.{received.Body}";
        var expected = "v1," + Convert.ToBase64String(HMACSHA256.HashData(Convert.FromBase64String(secret["whsec_".Length..]), Encoding.UTF8.GetBytes(signed)));
        Assert.Contains(expected, received.Headers["webhook-signature"].Split(' '));
    }

    sealed record Received(IReadOnlyDictionary<string, string> Headers, string Body);
}
