using System.Net;
using System.Text;
using System.Text.Json;
using AutoDev.Contracts.Governance;
using AutoDev.Governance.Workspaces;

namespace AutoDev.Governance.Tests.Workspaces;

public sealed class ChangeSettingsTests(GovernanceService service)
{
    [Fact]
    public void Every_setting_of_the_contract_can_be_changed()
    {
        var everyDefault = JsonSerializer.SerializeToElement(new WorkspaceSettings());

        var (settings, errors) = ChangeSettings.Decide(new() { Enabled = true, MaxMutationsPerDay = 1 }, everyDefault);

        Assert.Empty(errors);
        Assert.Equal(new WorkspaceSettings(), settings);
        Assert.Equal(13, everyDefault.EnumerateObject().Count());
    }

    [Theory]
    [InlineData("max_mutations_per_day", 1, 50)]
    [InlineData("max_skill_candidates_per_day", 1, 20)]
    [InlineData("failure_threshold", 1, 100)]
    public void A_number_holds_within_its_range_only(string key, int from, int to)
    {
        foreach (var good in new[] { from, to }) Assert.Empty(Decide($$"""{"{{key}}": {{good}}}""").Errors);
        foreach (var bad in new[] { $"{from - 1}", $"{to + 1}", "-1", "1.5", "1e9", "99999999999", "\"5\"", "null", "true", "{}" })
            Assert.Equal($"{key} must be a whole number from {from} to {to}.", Decide($$"""{"{{key}}": {{bad}}}""").Errors[key]);
    }

    [Theory]
    [InlineData("\"true\"")]
    [InlineData("1")]
    [InlineData("null")]
    public void A_switch_is_true_or_false(string value) =>
        Assert.Equal("auto_dev.enabled must be true or false.", Decide($$"""{"auto_dev.enabled": {{value}}}""").Errors["auto_dev.enabled"]);

    [Theory]
    [InlineData("0", 0)]
    [InlineData("2.5", 2.5)]
    [InlineData("100000", 100000)]
    public void The_daily_money_is_a_number_with_its_fraction(string value, double expected) =>
        Assert.Equal((decimal)expected, Decide($$"""{"max_model_spend_per_day": {{value}}}""").Settings.MaxModelSpendPerDay);

    [Theory]
    [InlineData("0.05", 0.05)]
    [InlineData("0.25", 0.25)]
    [InlineData("1", 1)]
    public void The_share_of_the_agents_for_a_trial_is_a_number_with_its_fraction(string value, double expected) =>
        Assert.Equal(expected, Decide($$"""{"canary_share": {{value}}}""").Settings.CanaryShare);

    [Theory]
    [InlineData("canary_share", "0.04")]
    [InlineData("canary_share", "1.01")]
    [InlineData("canary_share", "\"0.5\"")]
    [InlineData("canary_share", "null")]
    [InlineData("max_model_spend_per_day", "-0.01")]
    [InlineData("max_model_spend_per_day", "100000.01")]
    [InlineData("max_model_spend_per_day", "\"5\"")]
    [InlineData("max_model_spend_per_day", "null")]
    [InlineData("model_prices", "[]")]
    [InlineData("model_prices", """{"m": {"input_per_million": 1}}""")]
    [InlineData("model_prices", """{"m": {"input_per_million": 1, "output_per_million": -1}}""")]
    [InlineData("model_prices", """{"m": {"input_per_million": 1, "output_per_million": 2, "per_image": 3}}""")]
    [InlineData("model_prices", """{" ": {"input_per_million": 1, "output_per_million": 2}}""")]
    [InlineData("model_provider", "\"openai\"")]
    [InlineData("model_provider", """{"provider": "openai"}""")]
    [InlineData("model_provider", """{"provider": "OpenAI", "model": "m"}""")]
    [InlineData("model_provider", """{"provider": "openai", "model": " m"}""")]
    [InlineData("model_provider", """{"provider": "compatible", "model": "m"}""")]
    [InlineData("model_provider", """{"provider": "openai", "model": "m", "api_key": "x"}""")]
    [InlineData("model_provider", """{"provider": "openai", "model": "m", "secret": "sk-0123456789abcdef0123456789abcdef"}""")]
    [InlineData("model_provider", """{"provider": "openai", "model": "m", "secret": "sk-proj-AbC_dEf"}""")]
    [InlineData("model_provider", """{"provider": "openai", "model": "m", "endpoint": "https://me:pass@example.com/v1"}""")]
    [InlineData("model_provider", """{"provider": "openai", "model": "m", "endpoint": "https://example.com/v1?key=1"}""")]
    [InlineData("webhook_url", "\"example.com/hook\"")]
    [InlineData("webhook_url", "\"ftp://example.com/\"")]
    [InlineData("webhook_url", "\"https://user:password@example.com/\"")]
    [InlineData("webhook_url", "7")]
    public void Money_prices_and_addresses_hold_within_their_rules_only(string key, string value) =>
        Assert.StartsWith($"{key} must be ", Decide($$"""{"{{key}}": {{value}}}""").Errors[key], StringComparison.Ordinal);

    [Fact]
    public async Task Prices_and_an_address_are_kept_said_and_taken_away_again_and_the_same_once_more_is_no_change()
    {
        const string prices =
            """
            {
              "model_prices": {"large": {"input_per_million": 2.5, "output_per_million": 10}, "own": {"input_per_million": 0, "output_per_million": 0}},
              "webhook_url": "https://example.com/hook"
            }
            """;
        var workspace = await service.WorkspaceAsync();
        var heard = await service.ListenAsync<WorkspaceSettingsChanged>();

        Assert.Equal((HttpStatusCode.OK, "\"2\""), await PatchAsync(workspace, prices));
        Assert.Equal((HttpStatusCode.OK, "\"2\""), await PatchAsync(workspace, prices));
        var said = (await heard.WaitAsync(m => m.WorkspaceId == workspace && m.Version == 2)).Settings;
        Assert.Equal(new ModelPrice { InputPerMillion = 2.5m, OutputPerMillion = 10 }, said.ModelPrices!["large"]);
        Assert.Equal("https://example.com/hook", said.WebhookUrl);
        Assert.Equal(10, (await service.GetAsync($"/workspaces/{workspace}/settings")).GetProperty("model_prices").GetProperty("large")
            .GetProperty("output_per_million").GetDecimal());

        Assert.Equal((HttpStatusCode.OK, "\"3\""), await PatchAsync(workspace, """{"model_prices": {}, "webhook_url": null}"""));
        Assert.Equal(new WorkspaceSettings(), (await heard.WaitAsync(m => m.WorkspaceId == workspace && m.Version == 3)).Settings);
    }

    [Fact]
    public void A_model_provider_is_taken_whole_and_taken_away_again()
    {
        var settings = Decide(
            """{"model_provider": {"provider": "compatible", "model": "qwen3", "endpoint": "https://models.example.com/v1", "secret": "example-models"}}""").Settings;
        Assert.Equal(
            new ModelProvider { Provider = "compatible", Model = "qwen3", Endpoint = "https://models.example.com/v1", Secret = "example-models" },
            settings.ModelProvider);
        Assert.Null(Decide("""{"model_provider": null}""").Settings.ModelProvider);
    }

    [Fact]
    public void Each_faulty_key_is_named()
    {
        var errors = Decide("""{"enabled": true, "Memento_Skills": true, "failure_threshold": 0, "auto_promote": true}""").Errors;

        Assert.Equal(["Memento_Skills", "enabled", "failure_threshold"], errors.Keys.Order(StringComparer.Ordinal));
        Assert.Contains("is not a setting; the settings are auto_dev.enabled", errors["enabled"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"failure_threshold": 3, "nix": 1}""")]
    [InlineData("""[]""")]
    [InlineData("""null""")]
    [InlineData("""{"failure_threshold": """)]
    [InlineData("")]
    public async Task A_faulty_request_changes_nothing(string body)
    {
        var workspace = await service.WorkspaceAsync();

        var (status, _) = await PatchAsync(workspace, body);

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal(2, (await service.GetAsync($"/workspaces/{workspace}/settings")).GetProperty("failure_threshold").GetInt32());
    }

    [Fact]
    public async Task A_change_is_said_whole_and_kept_with_who_why_before_and_after()
    {
        var workspace = await service.WorkspaceAsync();
        var heard = await service.ListenAsync<WorkspaceSettingsChanged>();

        var (status, tag) = await PatchAsync(workspace, """{"auto_dev.enabled": true, "failure_threshold": 4}""", reason: "pilot");
        Assert.Equal((HttpStatusCode.OK, "\"2\""), (status, tag));

        var said = await heard.WaitAsync(m => m.WorkspaceId == workspace && m.Version == 2);
        Assert.Equal(new WorkspaceSettings { Enabled = true, FailureThreshold = 4 }, said.Settings);
        Assert.Equal("admin", said.ChangedBy);

        var history = (await service.GetAsync($"/workspaces/{workspace}/settings/history")).GetProperty("items");
        Assert.Equal(2, history.GetArrayLength());
        Assert.Equal("workspace_created", history[1].GetProperty("action").GetString());
        Assert.Equal(("admin", "pilot"), (history[0].GetProperty("actor").GetString(), history[0].GetProperty("reason").GetString()));
        Assert.Equal(2, history[0].GetProperty("before").GetProperty("failure_threshold").GetInt32());
        Assert.Equal(4, history[0].GetProperty("after").GetProperty("failure_threshold").GetInt32());
    }

    [Fact]
    public async Task What_changes_nothing_is_not_a_change()
    {
        var workspace = await service.WorkspaceAsync();
        var heard = await service.ListenAsync<WorkspaceSettingsChanged>();

        Assert.Equal((HttpStatusCode.OK, "\"1\""), await PatchAsync(workspace, """{"failure_threshold": 2, "auto_dev.enabled": false}"""));
        Assert.Equal((HttpStatusCode.OK, "\"2\""), await PatchAsync(workspace, """{"failure_threshold": 3}"""));

        await heard.WaitAsync(m => m.WorkspaceId == workspace && m.Version == 2);
        Assert.Single((await service.GetAsync($"/workspaces/{workspace}/audit?subject=settings&limit=1")).GetProperty("items").EnumerateArray(),
            e => e.GetProperty("after").GetProperty("failure_threshold").GetInt32() == 3);
        Assert.DoesNotContain(heard.Messages, m => m.WorkspaceId == workspace && m.Version > 2);
    }

    [Theory]
    [InlineData("\"1\"", HttpStatusCode.OK)]
    [InlineData("\"9\", \"1\"", HttpStatusCode.OK)]
    [InlineData("*", HttpStatusCode.OK)]
    [InlineData("\"2\"", HttpStatusCode.PreconditionFailed)]
    [InlineData("W/\"1\"", HttpStatusCode.PreconditionFailed)]
    [InlineData("garbage", HttpStatusCode.PreconditionFailed)]
    public async Task A_change_may_name_the_version_it_was_decided_on(string ifMatch, HttpStatusCode expected)
    {
        var workspace = await service.WorkspaceAsync();

        var (status, _) = await PatchAsync(workspace, """{"failure_threshold": 3}""", ifMatch);

        Assert.Equal(expected, status);
    }

    [Fact]
    public async Task Changes_at_the_same_moment_are_all_kept()
    {
        var workspace = await service.WorkspaceAsync();
        string[] patches =
        [
            """{"auto_dev.enabled": true}""", """{"memento_skills": false}""", """{"alpha_evolver": false}""", """{"background_evolution": true}""",
            """{"max_mutations_per_day": 11}""", """{"max_skill_candidates_per_day": 12}""", """{"failure_threshold": 13}""", """{"auto_promote": true}""",
        ];

        await Task.WhenAll(patches.Select(patch => PatchAsync(workspace, patch)));

        var settings = (await service.GetAsync($"/workspaces/{workspace}/settings")).Deserialize<WorkspaceSettings>();
        Assert.Equal(
            new WorkspaceSettings
            {
                Enabled = true, MementoSkills = false, AlphaEvolver = false, BackgroundEvolution = true, MaxMutationsPerDay = 11,
                MaxSkillCandidatesPerDay = 12, FailureThreshold = 13, AutoPromote = true,
            },
            settings);
        Assert.Equal(9, (await service.GetAsync($"/workspaces/{workspace}")).GetProperty("version").GetInt32());
    }

    async Task<(HttpStatusCode Status, string? Tag)> PatchAsync(string workspace, string body, string? ifMatch = null, string? reason = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Patch, $"/workspaces/{workspace}/settings{(reason is null ? "" : $"?reason={reason}")}")
        {
            Content = body.Length > 0 ? new StringContent(body, Encoding.UTF8, "application/json") : null,
        };
        if (ifMatch is not null) request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        using var answer = await service.Admin.SendAsync(request);
        return (answer.StatusCode, answer.Headers.ETag?.ToString());
    }

    static (WorkspaceSettings Settings, IReadOnlyDictionary<string, string> Errors) Decide(string patch) =>
        ChangeSettings.Decide(new(), JsonDocument.Parse(patch).RootElement);
}
