using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using AutoDev.Testing;
using Npgsql;
using Xunit;

namespace AutoDev.Loop.Tests.Seeing;

/// <summary>Every secret is used rightly and wrongly; then all that the services wrote and sent is searched for it.</summary>
[Collection("live system")]
public sealed partial class SecretsTests(LiveSystem system)
{
    // Anything shorter may be a word.
    const int Shortest = 12;

    readonly Dictionary<string, string> _secrets = new(StringComparer.Ordinal) { ["the first administrator's key"] = TestInstallation.AdminKey };

    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task No_secret_is_in_any_log_or_export_however_it_was_used()
    {
        using var recording = system.Collector.Record();
        var (workspace, planted) = ($"secrets-{Guid.NewGuid():N}"[..20], $"planted-{Guid.NewGuid():N}"[..20]);
        await system.SendAsync(HttpMethod.Put, $"api/governance/workspaces/{workspace}", new { });
        Know("the broker's password", Uri.UnescapeDataString(system.Broker.UserInfo.Split(':').ElementAtOrDefault(1) ?? ""));
        Know("the database's password", new NpgsqlConnectionStringBuilder(system.Database).Password ?? "");
        await UseKeysAsync(workspace);
        await UseWebhooksAsync(workspace);
        await AllSentAsync(recording, ServiceProcess.Services);
        await AskModelAsync(recording, workspace);
        await ConnectAsync(recording, planted);
        await StatusAsync(HttpMethod.Get, $"api/fitness/workspaces/{planted}/dead-letters", TestInstallation.AdminKey);
        await AllSentAsync(recording, ServiceProcess.Services);

        // What is there is found, in each place where a secret is looked for.
        Assert.Contains(planted, await system.LogAsync("fitness"), StringComparison.Ordinal);
        foreach (var signal in new[] { "logs", "traces" })
            await Eventually.IsTrueAsync($"what is there to be found in {signal}", () => Task.FromResult(recording.SignalsWith(planted).Contains(signal)));

        var found = new List<string>();
        foreach (var service in ServiceProcess.Services)
        {
            var (log, figures) = (await system.LogAsync(service), await system.MetricsAsync(service));
            Assert.NotEmpty(log);
            found.AddRange(Forms().Where(f => log.Contains(f.Text, StringComparison.Ordinal)).Select(f => $"{f.Name} is in the log of {service}: {Around(log, f.Text)}"));
            found.AddRange(Forms().Where(f => figures.Contains(f.Text, StringComparison.Ordinal)).Select(f => $"{f.Name} is in the figures of {service}"));
        }

        found.AddRange(Forms().SelectMany(f => recording.SignalsWith(f.Text), (f, signal) => $"{f.Name} is in exported {signal}"));
        Assert.Empty(found);
    }

    /// <summary>A key goes to every service, as a header and by signing in; another is nearly right, and one stands where no key belongs.</summary>
    async Task UseKeysAsync(string workspace)
    {
        var right = await SaidAsync(HttpMethod.Post, $"api/governance/workspaces/{workspace}/api-keys", new { name = "secret keeper", role = "operator" }, "key");
        var wrong = right[..^8] + "wrong-42";
        Know("a key", right.Split('.')[1]);
        Know("a wrong key", wrong.Split('.')[1]);
        foreach (var service in ServiceProcess.Services)
        {
            var path = $"api/{service}/workspaces/{workspace}/dead-letters";
            await Eventually.IsTrueAsync($"{service} to know the key", async () => await StatusAsync(HttpMethod.Get, path, right) == HttpStatusCode.OK);
            Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(HttpMethod.Get, path, wrong));
            await StatusAsync(HttpMethod.Get, $"{path}?api_key={right}", key: null);
        }

        foreach (var key in new[] { right, wrong }) await StatusAsync(HttpMethod.Post, $"mcp/{workspace}", key, new { jsonrpc = "2.0", id = 1, method = "tools/list" });

        using var browser = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = system.Api.BaseAddress };
        foreach (var key in new[] { wrong, right })
        {
            var form = FormToken().Match(await browser.GetStringAsync(Relative("sign-in"), Cancellation)).Groups["token"].Value;
            using var fields = new FormUrlEncodedContent([new("key", key), new("return", "/"), new("__RequestVerificationToken", form)]);
            using var answer = await browser.PostAsync(Relative("sign-in"), fields, Cancellation);
            Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
            if (key == right) Know("a session", Session().Match(string.Join(' ', answer.Headers.GetValues("Set-Cookie"))).Groups["value"].Value);
        }

        Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync(Relative($"w/{workspace}/inbox"), Cancellation)).StatusCode);
    }

    /// <summary>One delivery is signed as it must be, one by somebody else, and one sends the secret itself.</summary>
    async Task UseWebhooksAsync(string workspace)
    {
        Know("the secret of announcements", (await SaidAsync(HttpMethod.Post, $"api/governance/workspaces/{workspace}/webhook-secret", new { }, "secret"))["whsec_".Length..]);
        var secret = "";
        await Eventually.IsTrueAsync("Fitness to know the workspace", async () =>
        {
            using var made = await system.Api.PutAsJsonAsync(
                $"api/fitness/workspaces/{workspace}/webhooks/crm", new { rules = new[] { new { name = "paid", subject = "skill:{/skill}", signal = "invoice_created" } } }, Cancellation);
            if (!made.IsSuccessStatusCode) return false;
            secret = (await made.Content.ReadFromJsonAsync<JsonElement>(Cancellation)).GetProperty("secret").GetString()!;
            return true;
        });
        Know("a webhook's secret", secret["whsec_".Length..]);
        var key = Convert.FromBase64String(secret["whsec_".Length..]);
        foreach (var (id, signature) in new (string, Func<byte[], string>)[]
        {
            ("right", signed => "v1," + Convert.ToBase64String(HMACSHA256.HashData(key, signed))),
            ("wrong", signed => "v1," + Convert.ToBase64String(HMACSHA256.HashData((byte[])[.. key, 1], signed))),
            ("leak", _ => secret),
        })
        {
            var (at, body) = ($"{DateTimeOffset.UtcNow.ToUnixTimeSeconds()}", """{"skill": "mail_reader@1.0.0"}""");
            using var request = new HttpRequestMessage(HttpMethod.Post, $"webhooks/{workspace}/crm") { Content = new StringContent(body, Encoding.UTF8, "application/json") };
            request.Headers.Add("webhook-id", id);
            request.Headers.Add("webhook-timestamp", at);
            request.Headers.TryAddWithoutValidation("webhook-signature", signature(Encoding.UTF8.GetBytes($"{id}.{at}.{body}")));
            using var answer = await system.Api.SendAsync(request, Cancellation);
            Assert.Equal(id == "right", answer.IsSuccessStatusCode);
        }
    }

    /// <summary>Of a model's two keys one is right; the provider quotes the other in its refusal, as some do.</summary>
    async Task AskModelAsync(Recording recording, string workspace)
    {
        var wrong = $"sk-wrong-{Guid.NewGuid():N}";
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, wrong, Cancellation);
        Know("a model's key", StandInModel.Key);
        Know("a model's wrong key", wrong);
        await using var model = await StandInModel.StartAsync("openai", StandInModel.Says("""{"answer": "ready"}"""), StandInModel.Fails(401, says: $"Not with the key {wrong}."));
        try
        {
            await system.StartOtherwiseAsync(
                "memento", ("Models:Secrets:right:File", StandInModel.KeyFile), ("Models:Secrets:right:Hosts:0", "127.0.0.1"),
                ("Models:Secrets:wrong:File", file), ("Models:Secrets:wrong:Hosts:0", "127.0.0.1"));
            await system.ReadyAsync("memento");
            foreach (var secret in new[] { "right", "wrong" })
            {
                await system.SendAsync(HttpMethod.Patch, $"api/governance/workspaces/{workspace}/settings", new Dictionary<string, object>
                {
                    ["auto_dev.enabled"] = true, ["model_provider"] = new { provider = "openai", model = StandInModel.Name, endpoint = model.Setting.Endpoint, secret },
                    ["model_prices"] = new Dictionary<string, object> { [StandInModel.Name] = new { input_per_million = 0, output_per_million = 0 } },
                });
                var asked = model.Requests.Count;
                await Eventually.IsTrueAsync("the model to be asked with this key", async () =>
                {
                    using var answer = await system.Api.PostAsJsonAsync($"api/memento/workspaces/{workspace}/generator/try", new { }, Cancellation);
                    return model.Requests.Skip(asked).Any(r => r.Key?.EndsWith(secret == "right" ? StandInModel.Key : wrong, StringComparison.Ordinal) == true);
                });
            }

            await AllSentAsync(recording, "memento");
        }
        finally
        {
            await system.StartOtherwiseAsync("memento");
            await system.ReadyAsync("memento");
            File.Delete(file);
        }
    }

    /// <summary>A service is given passwords that no server takes, and the name of somebody whom none knows, which is told.</summary>
    async Task ConnectAsync(Recording recording, string planted)
    {
        var (database, broker) = ($"database-{Guid.NewGuid():N}", $"broker-{Guid.NewGuid():N}");
        Know("a wrong password of the database", database);
        Know("a wrong password of the broker", broker);
        var there = new NpgsqlConnectionStringBuilder(system.Database);
        try
        {
            await TroubleAsync(planted, ("ConnectionStrings:postgres", $"Host={there.Host};Port={there.Port};Username={planted};Password={database}"));
            await TroubleAsync($"{planted}-too", ("ConnectionStrings:rabbitmq", new UriBuilder(system.Broker) { UserName = $"{planted}-too", Password = broker }.ToString()));
        }
        finally
        {
            await system.StartOtherwiseAsync("fitness");
            await system.ReadyAsync("fitness");
        }

        async Task TroubleAsync(string user, (string, string) setting)
        {
            await system.StartOtherwiseAsync("fitness", setting);
            await Eventually.IsTrueAsync($"what the service says of {user}", () => Task.FromResult(recording.SignalsWith(user).Contains("logs")));
        }
    }

    /// <summary>A service sends in order: when the span of a last call has come, all before it has.</summary>
    async Task AllSentAsync(Recording recording, params IEnumerable<string> services)
    {
        foreach (var service in services)
        {
            var last = $"last-{Guid.NewGuid():N}"[..20];
            await StatusAsync(HttpMethod.Get, new Uri(system.AddressOf(service), $"workspaces/{last}/dead-letters").ToString(), TestInstallation.AdminKey);
            await Eventually.IsTrueAsync($"the last span of {service}", () => Task.FromResult(recording.SignalsWith(last).Contains("traces")));
        }
    }

    void Know(string name, string secret)
    {
        if (secret.Length >= Shortest) _secrets[name] = secret;
    }

    IEnumerable<(string Name, string Text)> Forms() => _secrets.SelectMany(
        s => new[] { s.Value, Uri.EscapeDataString(s.Value), Convert.ToBase64String(Encoding.UTF8.GetBytes(s.Value)) }.Distinct(StringComparer.Ordinal), (s, text) => (s.Key, text));

    static string Around(string log, string text)
    {
        var at = log.IndexOf(text, StringComparison.Ordinal);
        return log[Math.Max(0, at - 200)..at].ReplaceLineEndings(" ") + "…";
    }

    async Task<string> SaidAsync(HttpMethod method, string path, object body, string property)
    {
        using var request = new HttpRequestMessage(method, path) { Content = JsonContent.Create(body) };
        using var answer = await system.Api.SendAsync(request, Cancellation);
        Assert.True(answer.IsSuccessStatusCode, $"{path}: {answer.StatusCode}");
        return (await answer.Content.ReadFromJsonAsync<JsonElement>(Cancellation)).GetProperty(property).GetString()!;
    }

    async Task<HttpStatusCode> StatusAsync(HttpMethod method, string path, string? key, object? body = null)
    {
        using var http = new HttpClient { BaseAddress = system.Api.BaseAddress };
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        if (key is not null) request.Headers.Authorization = new("Bearer", key);
        using var answer = await http.SendAsync(request, Cancellation);
        return answer.StatusCode;
    }

    static Uri Relative(string path) => new(path, UriKind.Relative);

    [GeneratedRegex("name=\"__RequestVerificationToken\" value=\"(?<token>[^\"]+)\"", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex FormToken();

    [GeneratedRegex("autodev\\.session=(?<value>[^;]+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Session();
}
