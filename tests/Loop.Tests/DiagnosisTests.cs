using System.Net.Http.Json;
using System.Text.Json;
using AutoDev.Testing;
using Xunit;

namespace AutoDev.Loop.Tests;

/// <summary>"Why did nothing happen?": the true cause of each of the guide's troubleshooting cases, with every service real.</summary>
[Collection("live system")]
public sealed class DiagnosisTests(LiveSystem system)
{
    const string Agent = "clerk";

    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task No_candidates_are_generated_because_of_a_switch_then_the_maturity_then_the_threshold()
    {
        var workspace = await WorkspaceAsync(enabled: false, maturity: null);
        Assert.StartsWith("No: nobody knows an agent clerk", (await CauseAsync(workspace, "enabled")).Questions["maturity"].Answer, StringComparison.Ordinal);

        await FailAsync(workspace, ("1", "ann", "ANN"));
        await CauseAsync(workspace, "enabled");
        await SettingsAsync(workspace, ("auto_dev.enabled", true), ("memento_skills", false));
        await CauseAsync(workspace, "capability");
        await SettingsAsync(workspace, ("memento_skills", true));
        await CauseAsync(workspace, "maturity", student => Assert.Contains("INTERN needs 10 episodes: 1 so far, 9 more.", student.Questions["maturity"].Facts));

        await system.SendAsync(HttpMethod.Put, $"api/governance/workspaces/{workspace}/agents/{Agent}/maturity", new { maturity = "INTERN", reason = "test" });
        await CauseAsync(workspace, "pattern", once =>
        {
            Assert.Equal("No: 1 of 2 failures, 1 more within 7 days.", once.Questions["pattern"].Answer);
            Assert.Contains(once.Questions["pattern"].Advice, a => a.Contains("lower failure_threshold", StringComparison.Ordinal));
        });

        // What it advised helps.
        await SettingsAsync(workspace, ("failure_threshold", 1));
        await system.CandidateAsync(workspace, "validated", "generation_failed");
    }

    [Fact]
    public async Task An_agent_of_which_nothing_came_in_and_a_generator_that_finds_nothing_are_told_apart()
    {
        var workspace = await WorkspaceAsync();
        await CauseAsync(workspace, "failures");

        await FailAsync(workspace, ("1", "qzx", null), ("2", "plm", null));
        // While the generator is at work, that is what is waited for.
        await CauseAsync(workspace, "generator", nothing =>
        {
            Assert.Contains("expected output", nothing.Questions["generator"].Answer, StringComparison.Ordinal);
            Assert.Equal("ok", nothing.Questions["sandbox"].State);
        });
    }

    [Fact]
    public async Task Sandbox_executions_fail_because_the_engine_is_away()
    {
        var workspace = await WorkspaceAsync();
        try
        {
            await system.StartOtherwiseAsync("sandboxrunner", ("Sandbox:Endpoint", "unix:///nowhere/docker.sock"),
                ("DOCKER_HOST", "unix:///nowhere/docker.sock"));
            await FailAsync(workspace, Names());
            await CauseAsync(workspace, "sandbox", away =>
            {
                Assert.Contains(away.Questions["sandbox"].Advice, a => a.Contains("Start the Docker engine", StringComparison.Ordinal));
                Assert.Contains(away.Questions["sandbox"].Facts, fact => fact.StartsWith("1 of the workspace's runs wait,", StringComparison.Ordinal));
            });
        }
        finally
        {
            await system.StartOtherwiseAsync("sandboxrunner");
            await system.ReadyAsync("sandboxrunner");
        }

        // What waited runs by itself once the engine is back.
        await system.CandidateAsync(workspace, "validated");
        await CauseAsync(workspace, "review");
    }

    [Fact]
    public async Task Scores_stay_pending_because_no_external_signal_came_in()
    {
        var workspace = await WorkspaceAsync();
        await FailAsync(workspace, Names());
        var candidate = await system.CandidateAsync(workspace, "validated");
        await CauseAsync(workspace, "review");
        await ApproveAsync(workspace, candidate);

        await system.SendAsync(HttpMethod.Post, $"api/fitness/workspaces/{workspace}/signals",
            new { signal_id = "1", subject = $"candidate:{Guid.Empty}", signal = "invoice_created" });
        await CauseAsync(workspace, "signals", pending =>
        {
            Assert.Contains(pending.Questions["signals"].Facts, fact => fact.Contains($"nobody has spoken of: candidate:{Guid.Empty}", StringComparison.Ordinal));
            Assert.Contains(pending.Questions["signals"].Facts, fact => fact.StartsWith($"candidate:{candidate} is pending at 1", StringComparison.Ordinal));
        });

        await Eventually.HoldsAsync(async () =>
        {
            foreach (var score in await system.ItemsAsync($"api/fitness/workspaces/{workspace}/scores?status=pending"))
                await system.SendAsync(HttpMethod.Post,
                    $"api/fitness/workspaces/{workspace}/scores/{Uri.EscapeDataString(score.GetProperty("subject").GetString()!)}/evaluate");
            Assert.Equal("ok", (await DiagnoseAsync(workspace)).Questions["signals"].State);
        });
    }

    [Fact]
    public async Task Nothing_new_is_generated_because_the_daily_limit_is_exceeded()
    {
        await OneDay.BeginAsync();
        var workspace = await WorkspaceAsync();
        await SettingsAsync(workspace, ("max_skill_candidates_per_day", 1));
        await FailAsync(workspace, Names());
        await system.CandidateAsync(workspace, "validated");
        await FailAsync(workspace, "Turn a country into its currency code and symbol", ("c1", "Japan", null), ("c2", "Norway", null));

        await Eventually.IsTrueAsync("the refusal", async () => (await system.ItemsAsync($"api/governance/workspaces/{workspace}/refusals")).Count == 1);
        await CauseAsync(workspace, "quota", exceeded =>
        {
            Assert.Equal("No: the daily limit is exceeded, 1 of 1 are used.", exceeded.Questions["quota"].Answer);
            Assert.Contains($"The count resets at {DateTimeOffset.UtcNow.Date.AddDays(1):yyyy-MM-dd} 00:00:00Z.", exceeded.Questions["quota"].Facts);
        });

        // What it advised helps: the refused pattern is tried at once.
        await SettingsAsync(workspace, ("max_skill_candidates_per_day", 2));
        await system.CandidateAsync(workspace, "generation_failed");
    }

    [Fact]
    public async Task An_agent_does_not_graduate_because_people_step_in_too_often()
    {
        var workspace = await WorkspaceAsync(maturity: "INTERN");
        var episodes = Enumerable.Range(0, 26).Select(i => new
        {
            episode_id = $"s{i}", agent_id = Agent, outcome = "success", task_description = "File a letter", human_interventions = i % 3 == 0 ? 1
                : 0, constitutional_score = 0.9,
        });
        await system.SendAsync(HttpMethod.Post, $"api/reflection/workspaces/{workspace}/episodes", episodes);

        // The episodes are counted one after the other: the cause is told before all of them are.
        await CauseAsync(workspace, "graduation", stuck =>
        {
            Assert.Contains("SUPERVISED needs an intervention rate below 20 %: it is 34.6 %, 9 of 26 episodes.", stuck.Questions["graduation"].Facts);
            Assert.Single(stuck.Questions["graduation"].Facts, fact => fact.StartsWith("SUPERVISED needs", StringComparison.Ordinal));
            Assert.Contains(stuck.Questions["graduation"].Advice, a => a.Contains("People step in too often", StringComparison.Ordinal));
        });

        // The same is what keeps mutations away.
        await Eventually.HoldsAsync(async () => Assert.Equal("maturity", (await DiagnoseAsync(workspace, "?capability=alpha_evolver")).Cause));
    }

    [Fact]
    public async Task Generated_code_is_stopped_because_a_secret_stands_in_it()
    {
        var workspace = await WorkspaceAsync();
        var secret = string.Concat("AKIA", "IOSFODNN7", "EXAMPLE");
        await FailAsync(workspace, "Build the login line of a user",
            [.. "anna,bruno,carla,dmitri,elena,farid".Split(',').Select((user, i) => ($"l{i}", user, (string?)$"key={secret} user={user}"))]);

        await CauseAsync(workspace, "security", unsafeCode =>
        {
            Assert.Contains(unsafeCode.Questions["security"].Facts, fact => fact.Contains("hard-coded-secret", StringComparison.Ordinal));
            Assert.Contains("Rotate a secret that was in it.", unsafeCode.Questions["security"].Advice);
        });
    }

    [Fact]
    public async Task A_service_that_is_away_leaves_its_part_unknown_and_the_rest_true()
    {
        var workspace = await WorkspaceAsync();
        await system.KillAsync("memento");
        try
        {
            await CauseAsync(workspace, "failures", diagnosis =>
            {
                Assert.All(new[] { "quota", "generator", "review" }, q => Assert.Equal("unknown", diagnosis.Questions[q].State));
                Assert.StartsWith("Unknown: memento does not answer", diagnosis.Questions["quota"].Answer, StringComparison.Ordinal);
                Assert.Equal("ok", diagnosis.Questions["sandbox"].State);
            });
        }
        finally
        {
            system.Start("memento");
            await system.ReadyAsync("memento");
        }
    }

    async Task<string> WorkspaceAsync(bool enabled = true, string? maturity = "INTERN")
    {
        var workspace = $"why-{Guid.NewGuid():N}"[..20];
        await system.SendAsync(HttpMethod.Put, $"api/governance/workspaces/{workspace}");
        if (enabled) await SettingsAsync(workspace, ("auto_dev.enabled", true));
        if (maturity is not null) await system.SendAsync(
            HttpMethod.Put, $"api/governance/workspaces/{workspace}/agents/{Agent}", new { maturity, reason = "test" });
        foreach (var service in new[] { "reflection", "memento", "fitness" })
        {
            var route = service switch { "reflection" => "episodes", "memento" => "skills", _ => "scores" };
            await Eventually.IsTrueAsync($"{service} to know the workspace", async () => service == "reflection"
                ? (await system.Api.PostAsJsonAsync($"api/reflection/workspaces/{workspace}/{route}", Array.Empty<object>(), Cancellation))
                    .StatusCode == System.Net.HttpStatusCode.BadRequest
                : (await system.Api.GetAsync(new Uri($"api/{service}/workspaces/{workspace}/{route}", UriKind.Relative), Cancellation)).IsSuccessStatusCode);
        }

        return workspace;
    }

    Task SettingsAsync(string workspace, params (string Key, object Value)[] settings) =>
        system.SendAsync(HttpMethod.Patch, $"api/governance/workspaces/{workspace}/settings", settings.ToDictionary(s => s.Key, s => s.Value));

    static (string Id, string Input, string? Expected)[] Names() =>
        [.. "anna,bruno,carla,dmitri,elena,farid".Split(',').Select((name, i) => ($"n{i}", name, (string?)name.ToUpperInvariant()))];

    Task FailAsync(string workspace, params (string Id, string Input, string? Expected)[] failures) =>
        FailAsync(workspace, "Write the customer's name in capitals", failures);

    Task FailAsync(string workspace, string task, params (string Id, string Input, string? Expected)[] failures) =>
        system.SendAsync(HttpMethod.Post, $"api/reflection/workspaces/{workspace}/episodes", failures.Select(f =>
        {
            var episode = new Dictionary<string, object>
            {
                ["episode_id"] = f.Id, ["agent_id"] = Agent, ["outcome"] = "failure", ["task_description"] = task, ["input"] = new { name = f.Input },
            };
            if (f.Expected is not null) episode["expected_output"] = f.Expected;
            return episode;
        }));

    Task ApproveAsync(string workspace, string candidate) => system.ReviewAsync(workspace, candidate, "approve", new { });

    async Task<Diagnosis> DiagnoseAsync(string workspace, string query = "") =>
        (await system.Api.GetFromJsonAsync<Diagnosis.Answered>(
            $"api/governance/workspaces/{workspace}/agents/{Agent}/diagnosis{query}", Diagnosis.Json, Cancellation))!.Read();

    /// <summary>The diagnosis, once this is the cause it names and the assertions hold: what was sent needs moments to be heard everywhere.</summary>
    Task<Diagnosis> CauseAsync(string workspace, string question, Action<Diagnosis>? assertions = null) =>
        Eventually.HoldsAsync(() => DiagnoseAsync(workspace), diagnosis =>
        {
            Assert.True(diagnosis.Cause == question, $"The cause is not {question} but {diagnosis.Cause}: {diagnosis.Summary}");
            assertions?.Invoke(diagnosis);
        });

    sealed record Diagnosis(string? Cause, string Summary, IReadOnlyDictionary<string, Question> Questions)
    {
        public static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

        public sealed record Answered(string? Cause, string Summary, IReadOnlyList<Question> Questions)
        {
            public Diagnosis Read() => new(Cause, Summary, Questions.ToDictionary(q => q.Name));
        }
    }

    sealed record Question([property: System.Text.Json.Serialization.JsonPropertyName("question")] string Name, string State, string Answer,
        IReadOnlyList<string> Facts, IReadOnlyList<string> Advice);
}
