using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using AutoDev.Testing;
using Xunit;

namespace AutoDev.Loop.Tests;

/// <summary>What the demo shows, asserted step by step at each service's own door.</summary>
[Collection("live system")]
public sealed class LoopTests(LiveSystem system)
{
    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_agent_fails_skills_are_born_approved_and_used()
    {
        var workspace = $"loop-{Guid.NewGuid():N}"[..20];
        await Play(workspace);

        // Reflection saw one pattern for each task, with all its failures, and it is resolved.
        var patterns = await Eventually.HoldsAsync(() => Items($"api/reflection/workspaces/{workspace}/patterns"), all =>
        {
            Assert.Equal(3, all.Count);
            Assert.All(all, p => Assert.Equal("resolved", p.GetProperty("state").GetString()));
        });

        // Every attempt is one candidate: what was promoted, and what a held-out example refuted on the way there.
        var candidates = await Items($"api/memento/workspaces/{workspace}/candidates");
        Assert.Equal(patterns.Sum(p => p.GetProperty("attempts").GetInt32()), candidates.Count);
        var promoted = candidates.Where(c => c.GetProperty("status").GetString() == "promoted").ToList();
        Assert.Equal(3, promoted.Count);
        Assert.All(candidates.Except(promoted), c => Assert.Equal("validation_failed", c.GetProperty("status").GetString()));
        foreach (var summary in promoted)
        {
            // Memento proved each on examples that the generator had not seen, and a person decided.
            var id = summary.GetProperty("id").GetGuid();
            var candidate = await system.GetAsync($"api/memento/workspaces/{workspace}/candidates/{id}");
            Assert.Equal("promoted", candidate.GetProperty("status").GetString());
            Assert.True(candidate.GetProperty("held_out_total").GetInt32() >= 2, "too few held-out examples");
            Assert.Equal(candidate.GetProperty("held_out_total").GetInt32(), candidate.GetProperty("held_out_passed").GetInt32());
            Assert.Equal("admin", candidate.GetProperty("decision").GetProperty("by").GetString());
            Assert.DoesNotContain(candidate.GetProperty("checks").EnumerateArray(), c => c.GetProperty("verdict").GetString() == "failed");

            // SandboxRunner ran it in containers, again when new failures came to test it on.
            var runs = await Items($"api/sandboxrunner/workspaces/{workspace}/runs?subject_id={id}");
            Assert.NotEmpty(runs);
            Assert.All(runs, run => Assert.Equal("completed", run.GetProperty("status").GetString()));

            // Fitness: no syntax error, ran, approved by a person.
            var score = await Eventually.GetAsync("the score after approval", async () =>
                await Found($"api/fitness/workspaces/{workspace}/scores/candidate:{id}") is { } s && s.GetProperty("score").GetDouble() >= 1 ? (object)s : null);
            Assert.Equal("excellent", ((JsonElement)score).GetProperty("label").GetString());
        }

        // Every agent of the workspace has the skills, and the Evolver knows how they do.
        var skills = await Items($"api/memento/workspaces/{workspace}/skills");
        Assert.Equal(3, skills.Count);
        await Eventually.IsTrueAsync("the Evolver's profiles", async () => (await Items($"api/evolver/workspaces/{workspace}/profiles")).Count == 3);

        // The Console tells each loop as one timeline, from the failed episode to the published skill.
        string[] steps = ["EpisodeFailed", "FailurePatternDetected", "SkillCandidateProposed", "SandboxRunCompleted", "SkillCandidateValidated", "SkillCandidateApproved", "SkillPublished"];
        foreach (var pattern in patterns)
        {
            await Eventually.IsTrueAsync("the whole loop in the Console", async () =>
                await Found($"api/console/workspaces/{workspace}/loops/{pattern.GetProperty("conversation_id").GetGuid()}") is { } loop
                && steps.All(loop.GetProperty("entries").EnumerateArray().Select(e => e.GetProperty("message").GetString()!).Contains));
        }
    }

    [Fact]
    public async Task A_learned_skill_does_what_its_examples_did_and_more()
    {
        var workspace = $"use-{Guid.NewGuid():N}"[..20];
        await Play(workspace, tasks: "name");

        var skill = Assert.Single(await Items($"api/memento/workspaces/{workspace}/skills")).GetProperty("name").GetString()!;
        var source = await system.Api.GetStringAsync(new Uri($"api/memento/workspaces/{workspace}/skills/{skill}/source", UriKind.Relative), Cancellation);

        Assert.Equal("Johnson, K.|Kay, A.|Ritchie, D.", await Python(source, $"print('|'.join({skill}(n) for n in ['Katherine Johnson', 'Alan Curtis Kay', 'Dennis Ritchie']))"));
        Assert.Contains("\"\"\"", source, StringComparison.Ordinal);
        Assert.Contains("-> ", source, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("reflection")]
    [InlineData("memento")]
    [InlineData("sandboxrunner")]
    [InlineData("governance")]
    [InlineData("fitness")]
    [InlineData("evolver")]
    [InlineData("console")]
    public async Task Killing_a_service_in_the_middle_still_ends_in_an_approved_skill(string service)
    {
        var workspace = $"kill-{service}-{Guid.NewGuid():N}"[..24];
        await Play(workspace, async line =>
        {
            // Once while the failures are on their way, and once between the proof and the decision.
            if (!line.Contains("The episodes go out", StringComparison.Ordinal) && !line.Contains("Memento wrote", StringComparison.Ordinal)) return;
            await system.KillAsync(service);
            system.Start(service);
        }, "name");
        await system.ReadyAsync(service);

        await Eventually.HoldsAsync(async () =>
        {
            var candidates = await Items($"api/memento/workspaces/{workspace}/candidates");
            Assert.Equal("promoted", candidates[0].GetProperty("status").GetString());
            var pattern = Assert.Single(await Items($"api/reflection/workspaces/{workspace}/patterns"));
            Assert.Equal(candidates.Count, pattern.GetProperty("attempts").GetInt32());
            Assert.Equal(9, pattern.GetProperty("failures").GetInt32());
        });
    }

    [Fact]
    public async Task A_disabled_workspace_and_a_student_learn_nothing_and_say_why()
    {
        var workspace = $"no-{Guid.NewGuid():N}"[..20];
        await Send(HttpMethod.Put, $"api/governance/workspaces/{workspace}", new { });
        await Send(HttpMethod.Put, $"api/governance/workspaces/{workspace}/agents/pupil", new { });
        await Fail(workspace, "pupil", "a", "b");
        await Refused(workspace, "auto_dev_disabled");

        await Send(HttpMethod.Patch, $"api/governance/workspaces/{workspace}/settings", new Dictionary<string, object> { ["auto_dev.enabled"] = true });
        await Refused(workspace, "maturity_too_low");
        Assert.Empty(await Items($"api/memento/workspaces/{workspace}/candidates"));

        // Nothing was thrown away: what failed then is learned from now.
        await Send(HttpMethod.Put, $"api/governance/workspaces/{workspace}/agents/pupil/maturity", new { maturity = "INTERN", reason = "passed the exam" });
        await Eventually.IsTrueAsync("a candidate", async () => (await Items($"api/memento/workspaces/{workspace}/candidates")).Count > 0);
    }

    [Fact]
    public async Task A_failure_that_nothing_explains_ends_without_a_guess()
    {
        var workspace = $"guess-{Guid.NewGuid():N}"[..20];
        await Send(HttpMethod.Put, $"api/governance/workspaces/{workspace}", new { });
        await Send(HttpMethod.Patch, $"api/governance/workspaces/{workspace}/settings", new Dictionary<string, object> { ["auto_dev.enabled"] = true });
        await Send(HttpMethod.Put, $"api/governance/workspaces/{workspace}/agents/oracle", new { maturity = "INTERN", reason = "test" });
        await Eventually.IsTrueAsync("the workspace to be known", async () =>
            (await system.Api.PostAsJsonAsync($"api/reflection/workspaces/{workspace}/episodes", Episode("oracle", "1", "qzx", "0.7731"), Cancellation)).IsSuccessStatusCode);
        await Send(HttpMethod.Post, $"api/reflection/workspaces/{workspace}/episodes", Episode("oracle", "2", "plm", "blue"));

        var ended = await Eventually.GetAsync("the candidate to end", async () =>
            (await Items($"api/memento/workspaces/{workspace}/candidates")).FirstOrDefault() is { ValueKind: JsonValueKind.Object } c && c.GetProperty("status").GetString() is "generation_failed" or "validated" ? "ended" : null);
        Assert.Equal("ended", ended);
        var candidate = (await Items($"api/memento/workspaces/{workspace}/candidates"))[0];
        Assert.Equal("generation_failed", candidate.GetProperty("status").GetString());
        Assert.False(string.IsNullOrEmpty(candidate.GetProperty("failure_reason").GetString()));
    }

    /// <summary>The demo, to its good end.</summary>
    async Task Play(string workspace, Func<string, Task>? line = null, params string[] tasks)
    {
        var (exitCode, output) = await system.PlayDemoAsync(workspace, line, tasks);
        if (exitCode == 0) return;
        try
        {
            output += await StateOf(workspace);
        }
        catch (HttpRequestException e)
        {
            output += $"\nand where it stands cannot be told: {e.Message}"; // a service that is just restarting
        }

        Assert.Fail(output);
    }

    static object Episode(string agent, string id, string input, string expected) => new
    {
        episode_id = id, agent_id = agent, outcome = "failure", task_description = "Predict the colour of noise", input = new { seed = input }, expected_output = expected,
    };

    static async Task<string> Python(string source, string code)
    {
        var start = new ProcessStartInfo("/usr/bin/python3", ["-I", "-c", source + "\n" + code]) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        using var python = Process.Start(start)!;
        var errors = python.StandardError.ReadToEndAsync();
        var output = await python.StandardOutput.ReadToEndAsync();
        await python.WaitForExitAsync();
        Assert.True(python.ExitCode == 0, await errors);
        return output.Trim();
    }

    async Task Fail(string workspace, string agent, params string[] episodes)
    {
        foreach (var episode in episodes)
        {
            await Eventually.IsTrueAsync("the episode to be recorded", async () => (await system.Api.PostAsJsonAsync(
                $"api/reflection/workspaces/{workspace}/episodes", Episode(agent, episode, "same " + episode, "SAME " + episode.ToUpperInvariant()), Cancellation)).IsSuccessStatusCode);
        }
    }

    /// <summary>Where a loop stands that did not end well.</summary>
    async Task<string> StateOf(string workspace)
    {
        var paths = new[] { "reflection/workspaces/{0}/patterns", "memento/workspaces/{0}/candidates", "governance/workspaces/{0}/refusals" };
        var answers = await Task.WhenAll(paths.Select(async path => await system.Api.GetStringAsync(new Uri("api/" + path.Replace("{0}", workspace, StringComparison.Ordinal), UriKind.Relative), Cancellation)));
        return "\n" + string.Join("\n", answers);
    }

    Task Refused(string workspace, string reason) => Eventually.IsTrueAsync($"a refusal: {reason}", async () =>
        (await Items($"api/governance/workspaces/{workspace}/refusals")).Any(r => r.GetProperty("reason").GetString() == reason));

    Task<List<JsonElement>> Items(string path) => system.ItemsAsync(path);

    async Task<JsonElement?> Found(string path)
    {
        using var answer = await system.Api.GetAsync(new Uri(path, UriKind.Relative), Cancellation);
        return answer.StatusCode == HttpStatusCode.OK ? await answer.Content.ReadFromJsonAsync<JsonElement>(Cancellation) : null;
    }

    Task Send(HttpMethod method, string path, object body) => system.SendAsync(method, path, body);
}
