using System.Text.Json;
using AutoDev.Contracts.Evolver;
using AutoDev.Contracts.Fitness;
using AutoDev.Contracts.Governance;
using AutoDev.Contracts.SandboxRunner;
using AutoDev.Evolver.Background;
using AutoDev.Evolver.Experiments;
using AutoDev.Evolver.Needs;
using AutoDev.Gating;
using AutoDev.Testing;
using Marten;
using Xunit;
using static AutoDev.Evolver.Tests.SkillProfileTests;

namespace AutoDev.Evolver.Tests.Experiments;

/// <summary>Whole experiments on a real broker and a real database; the test plays the sandbox, and says each of its answers twice.</summary>
[Collection(RunningEvolver.Name)]
public sealed class ExperimentTests(EvolverFixture evolver)
{
    const string Fast = "def extract(text):\n    return upper(text)\n";
    const string Wrong = "def extract(text):\n    return text\n";
    const string Slow = "def extract(text):\n    return slowly(text)\n";

    [Fact]
    public async Task A_need_leads_to_a_mutation_that_a_person_approves_and_every_answer_counts_once()
    {
        var workspace = await evolver.WorkspaceAsync(enabled: true, Maturity.Supervised);
        var (started, ended) = (await evolver.ListenAsync<ExperimentStarted>(), await evolver.ListenAsync<ExperimentEnded>());
        var (proposed, completed) = (await evolver.ListenAsync<MutationProposed>(), await evolver.ListenAsync<MutationCompleted>());
        var (approved, decisions) = (await evolver.ListenAsync<MutationApproved>(), await evolver.ListenAsync<DecisionMade>());
        var sandbox = (await PlayedSandbox.BeginAsync(evolver, workspace)).With(
            [Fast, Wrong, Slow, EvolverFixture.Source + "\n"],
            (source, input) => PlayedSandbox.Answer(source == Wrong ? Text(input) : Text(input).ToUpperInvariant()),
            source => source == Fast ? 4 : source == Slow ? 20 : 10);
        await evolver.PublishSkillAsync(workspace);
        await NeedAsync(workspace, "e1");

        var end = await sandbox.UntilAsync("the experiment to end", () => Task.FromResult(ended.Messages.FirstOrDefault(e => e.WorkspaceId == workspace)));
        Assert.Equal(("improved", "1.0.0"), (end.Outcome, end.Version));
        await evolver.DrainedAsync("evolver-advance-experiment", "evolver-propose-variants", "evolver-profile-execution");
        await Task.WhenAll(
            started.WaitAsync(s => s.WorkspaceId == workspace), proposed.WaitAsync(p => p.WorkspaceId == workspace),
            completed.WaitAsync(c => c.WorkspaceId == workspace));
        var start = Assert.Single(started.Messages, s => s.WorkspaceId == workspace);
        Assert.Equal(("execution_time", "agent", "system:trigger", end.ExperimentId), (start.Reason, start.AgentId, start.StartedBy, start.ExperimentId));
        Assert.Single(ended.Messages, e => e.WorkspaceId == workspace);
        Assert.Single(proposed.Messages, p => p.MutationId == end.MutationId);
        var mutation = Assert.Single(completed.Messages, c => c.WorkspaceId == workspace);
        Assert.Equal((true, 0, 3, true), (mutation.Passed, mutation.Mended, mutation.Inputs, mutation.ExecutionSuccess));
        Assert.InRange(mutation.SpeedupLow!.Value, 2.4, 2.6);

        var (_, shown) = await evolver.GetAsync($"/workspaces/{workspace}/experiments/{end.ExperimentId}");
        Assert.Equal(
            [("chosen", 2.5), ("differs", null), ("measured", 0.5)],
            shown.GetProperty("variants").EnumerateArray().Select(v => (v.GetProperty("status").GetString()!, Number(v, "speedup"))));
        Assert.Equal("started", shown.GetProperty("needs")[0].GetProperty("outcome").GetString());
        Assert.Single(await ItemsAsync($"/workspaces/{workspace}/experiments?status=ended&skill=extract"));
        Assert.Empty(await ItemsAsync($"/workspaces/{workspace}/experiments?status=open"));

        // Until somebody has decided, nothing begins by itself.
        await NeedAsync(workspace, "e2");
        await Eventually.IsTrueAsync("the second need", async () => (await NeedsAsync(workspace)).Any(n => n.Outcome == "waits_for_review"));

        var path = $"/workspaces/{workspace}/mutations/{end.MutationId}";
        using var seen = await evolver.Admin.GetAsync(new Uri(path, UriKind.Relative), Cancellation);
        var view = JsonElement.Parse(await seen.Content.ReadAsStringAsync(Cancellation));
        Assert.Equal((Fast, EvolverFixture.Source, "passed"), (Word(view, "source"), Word(view, "parent_source"), Word(view, "status")));
        var first = view.GetProperty("by_input")[0];
        Assert.Equal(("same", "E1", true), (Word(first, "verdict"), Word(first.GetProperty("mutation"), "value"), first.GetProperty("recorded").GetBoolean()));
        Assert.Equal(428, (await evolver.PostAsync($"{path}/approve", new { })).Status);
        Assert.Equal(412, (await evolver.PostAsync($"{path}/approve", new { }, "\"0\"")).Status);
        Assert.Equal(400, (await evolver.PostAsync($"{path}/reject", new { })).Status);
        var (status, after) = await evolver.PostAsync($"{path}/approve", new { reason = "faster" }, seen.Headers.ETag!.ToString());
        Assert.Equal((200, "approved", "admin"), (status, Word(after, "status"), Word(after.GetProperty("decision"), "by")));
        Assert.Equal(200, (await evolver.PostAsync($"{path}/approve", new { reason = "faster" }, seen.Headers.ETag!.ToString())).Status);
        Assert.Equal(409, (await evolver.PostAsync($"{path}/reject", new { reason = "no" })).Status);
        var said = await approved.WaitAsync(a => a.MutationId == end.MutationId);
        Assert.Equal((Fast, "1.0.0", false, "admin"), (said.Source, said.ParentVersion, said.Mends, said.ApprovedBy));
        await decisions.WaitAsync(d => d.Subject == $"mutation:{end.MutationId}" && d.Action == "mutation_approved");
        Assert.Single(await ItemsAsync($"/workspaces/{workspace}/mutations?status=approved"));
    }

    [Fact]
    public async Task A_mutation_that_answers_where_the_original_fails_passes_without_being_faster()
    {
        var workspace = await evolver.WorkspaceAsync(enabled: true, Maturity.Supervised);
        var completed = await evolver.ListenAsync<MutationCompleted>();
        var sandbox = (await PlayedSandbox.BeginAsync(evolver, workspace)).With(
            [Fast], (source, input) => source == Fast || Text(input) != "E1" ? PlayedSandbox.Answer(Text(input)) : PlayedSandbox.Raise("KeyError"), _ => 10);
        await evolver.PublishSkillAsync(workspace);
        await evolver.PublishAsync(Execution("e0") with { WorkspaceId = workspace, InputJson = """{"text":"fine"}""" });
        await evolver.ProfileAsync(workspace, p => p.Count == 1);
        await evolver.PublishAsync(Execution("E1") with { WorkspaceId = workspace, Success = false, InputJson = """{"text":"E1"}""" });

        var mutation = await sandbox.UntilAsync("the mutation", () => Task.FromResult(completed.Messages.FirstOrDefault(c => c.WorkspaceId == workspace)));
        Assert.Equal((true, 1, "failure"), (mutation.Passed, mutation.Mended, mutation.Reason));
    }

    [Fact]
    public async Task A_mutation_with_a_danger_that_its_parent_does_not_have_fails()
    {
        var workspace = await evolver.WorkspaceAsync(enabled: true, Maturity.Supervised);
        var ended = await evolver.ListenAsync<ExperimentEnded>();
        var sandbox = (await PlayedSandbox.BeginAsync(evolver, workspace)).With(
            [Fast],
            scan: source => source != Fast
                ? []
                : [new() { Rule = "code-injection", Severity = "high", Line = 2, Why = "It runs what it is given.", Repair = "Do not." }]);
        await evolver.PublishSkillAsync(workspace);
        await NeedAsync(workspace, "e1");
        var end = await sandbox.UntilAsync("the experiment to end", () => Task.FromResult(ended.Messages.FirstOrDefault(e => e.WorkspaceId == workspace)));
        Assert.Equal(("nothing_better", null), (end.Outcome, end.MutationId));
        Assert.Contains("It runs what it is given.", end.Detail, StringComparison.Ordinal);
        Assert.Single(await ItemsAsync($"/workspaces/{workspace}/mutations?status=failed"));
    }

    [Fact]
    public async Task One_experiment_is_open_for_a_skill_needs_are_counted_to_it_and_a_cancelled_one_rests()
    {
        await OneDay.BeginAsync();
        var workspace = await evolver.WorkspaceAsync(enabled: true, Maturity.Supervised);
        var (started, ended) = (await evolver.ListenAsync<ExperimentStarted>(), await evolver.ListenAsync<ExperimentEnded>());
        var runs = await evolver.ListenAsync<RunInSandbox>();
        var sandbox = await PlayedSandbox.BeginAsync(evolver, workspace);
        await evolver.PublishSkillAsync(workspace);
        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => NeedAsync(workspace, $"e{i}")));
        await evolver.ProfileAsync(workspace, p => p.Count == 20);
        var experiment = Assert.Single(await ExperimentsAsync(workspace));
        Assert.Equal([("open", 19), ("started", 1)], (await NeedsAsync(workspace)).Select(n => (n.Outcome, n.Executions)).Order());
        var today = DailyQuota.IdOf(Capability.AlphaEvolver, DateTimeOffset.UtcNow);
        Assert.Equal(1, (await evolver.InStoreAsync(workspace, s => s.LoadAsync<DailyQuota>(today)))!.Used);

        var path = $"/workspaces/{workspace}/experiments";
        var (conflict, problem) = await evolver.PostAsync(path, new { skill = "extract" });
        Assert.Equal(409, conflict);
        Assert.Contains(experiment.Id.ToString(), problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal(404, (await evolver.PostAsync(path, new { skill = "other" })).Status);
        Assert.Equal(400, (await evolver.PostAsync(path, new { skill = "extract", iterations = 21 })).Status);

        var asked = await runs.WaitAsync(r => r.SubjectId == experiment.Id);
        Assert.Equal(200, (await evolver.PostAsync($"{path}/{experiment.Id}/cancel", new { reason = "not now" })).Status);
        Assert.Equal(409, (await evolver.PostAsync($"{path}/{experiment.Id}/cancel", new { })).Status);
        Assert.Equal("cancelled", (await ended.WaitAsync(e => e.ExperimentId == experiment.Id)).Outcome);
        await evolver.PublishTwiceAsync(sandbox.Answered(asked)); // too late
        await NeedAsync(workspace, "later");
        await Eventually.IsTrueAsync("the later need", async () => (await NeedsAsync(workspace)).Any(n => n.Outcome == "cooling_down"));

        // A person is not held up, and a click that is repeated begins nothing twice.
        var (accepted, first) = await evolver.PostAsync(path, new { skill = "extract", iterations = 20, seed = 7 }, idempotencyKey: "k1");
        var (_, again) = await evolver.PostAsync(path, new { skill = "extract", iterations = 20, seed = 7 }, idempotencyKey: "k1");
        Assert.Equal((202, first.GetProperty("id").GetGuid()), (accepted, again.GetProperty("id").GetGuid()));
        var byHand = await started.WaitAsync(s => s.ExperimentId == first.GetProperty("id").GetGuid());
        Assert.Equal(("admin", 20, null), (byHand.StartedBy, byHand.Iterations, byHand.AgentId));
        Assert.Equal("cancelled", (await ExperimentAsync(workspace, experiment.Id)).Outcome);
        Assert.Equal(2, (await ExperimentsAsync(workspace)).Count);
    }

    [Fact]
    public async Task The_days_limit_holds_exactly_however_many_skills_need_it_at_once()
    {
        await OneDay.BeginAsync();
        var workspace = await evolver.WorkspaceAsync(new WorkspaceSettings { Enabled = true, MaxMutationsPerDay = 3 }, Maturity.Supervised);
        var skills = Enumerable.Range(0, 12).Select(i => $"skill{i}").ToList();
        foreach (var skill in skills) await evolver.PublishSkillAsync(workspace, skill);
        await Task.WhenAll(skills.Select(skill => NeedAsync(workspace, skill, skill)));
        await Eventually.IsTrueAsync("all needs", async () => await evolver.InStoreAsync(workspace, s => s.Query<OptimizationNeed>().CountAsync()) == 12);
        var needs = await evolver.InStoreAsync(workspace, s => s.Query<OptimizationNeed>().ToListAsync());
        Assert.Equal((3, 9), (needs.Count(n => n.Outcome == "started"), needs.Count(n => n.RefusedBecause == "daily_limit_exceeded")));
        Assert.Equal(3, (await ExperimentsAsync(workspace)).Count);
        var refused = needs.First(n => n.Outcome == "refused").ProfileId.Split('@')[0];
        var (status, _) = await evolver.PostAsync($"/workspaces/{workspace}/experiments", new { skill = refused });
        Assert.Equal(429, status);
    }

    [Theory]
    [InlineData("unavailable", "failed")]
    [InlineData("chance", "failed")]
    [InlineData("nothing", "nothing_proposed")]
    [InlineData("wrong", "nothing_better")]
    [InlineData("slow", "nothing_better")]
    public async Task An_experiment_that_comes_to_nothing_says_why_and_frees_the_skill(string trouble, string outcome)
    {
        var workspace = await evolver.WorkspaceAsync(enabled: true, Maturity.Supervised);
        var ended = await evolver.ListenAsync<ExperimentEnded>();
        var runs = await evolver.ListenAsync<RunInSandbox>();
        var calls = 0;
        var sandbox = (await PlayedSandbox.BeginAsync(evolver, workspace)).With(
            trouble switch { "wrong" => [Wrong], "slow" => [Slow], _ => [] },
            (source, input) => PlayedSandbox.Answer(trouble == "chance" ? $"{calls++}" : source == Wrong ? Text(input) + "!" : Text(input)),
            _ => 10, leaves: r => trouble == "unavailable" && r.FunctionName == "extract");
        await evolver.PublishSkillAsync(workspace);
        await NeedAsync(workspace, "e1");
        if (trouble == "unavailable")
        {
            var run = await sandbox.UntilAsync(
                "the reference run", () => Task.FromResult(runs.Messages.FirstOrDefault(r => r.WorkspaceId == workspace && r.FunctionName == "extract")));
            await evolver.PublishTwiceAsync(sandbox.Answered(run) with { Status = "sandbox_unavailable", Reason = "no engine", Results = [] });
        }

        var end = await sandbox.UntilAsync("the experiment to end", () => Task.FromResult(ended.Messages.FirstOrDefault(e => e.WorkspaceId == workspace)));
        Assert.Equal((outcome, null), (end.Outcome, end.MutationId));
        var evolution = await evolver.InStoreAsync(workspace, s => s.LoadAsync<SkillEvolution>("extract"));
        Assert.Equal((null, "1.0.0"), (evolution!.OpenExperimentId, evolution.CoolDownVersion));
    }

    [Fact]
    public async Task A_mutation_whose_experiment_is_cancelled_while_it_is_proven_fails()
    {
        var workspace = await evolver.WorkspaceAsync(enabled: true, Maturity.Supervised);
        var (proposed, completed) = (await evolver.ListenAsync<MutationProposed>(), await evolver.ListenAsync<MutationCompleted>());
        var sandbox = (await PlayedSandbox.BeginAsync(evolver, workspace)).With([Fast], leaves: r => r.Scan && r.Source == Fast);
        await evolver.PublishSkillAsync(workspace);
        await NeedAsync(workspace, "e1");
        var mutation = await sandbox.UntilAsync("the mutation", () => Task.FromResult(proposed.Messages.FirstOrDefault(p => p.WorkspaceId == workspace)));
        Assert.Equal(200, (await evolver.PostAsync($"/workspaces/{workspace}/experiments/{mutation.ExperimentId}/cancel", new { })).Status);
        Assert.False((await completed.WaitAsync(c => c.MutationId == mutation.MutationId)).Passed);
        Assert.Equal("failed", (await evolver.GetAsync($"/workspaces/{workspace}/mutations/{mutation.MutationId}")).Body.GetProperty("status").GetString());
    }

    [Fact]
    public async Task The_background_evolution_takes_the_costliest_skill_and_an_excellent_mutation_of_it_is_approved_by_the_rule()
    {
        var settings = new WorkspaceSettings { Enabled = true, BackgroundEvolution = true, AutoPromote = true };
        var workspace = await evolver.WorkspaceAsync(settings, Maturity.Autonomous);
        var (started, completed) = (await evolver.ListenAsync<ExperimentStarted>(), await evolver.ListenAsync<MutationCompleted>());
        var approved = await evolver.ListenAsync<MutationApproved>();
        var sandbox = (await PlayedSandbox.BeginAsync(evolver, workspace)).With([Fast]);
        foreach (var (skill, seconds) in new[] { ("cheap", 0.1), ("extract", 4.0) })
        {
            await evolver.PublishSkillAsync(workspace, skill);
            await evolver.PublishAsync(
                Execution(skill) with { WorkspaceId = workspace, SkillName = skill, ExecutionSeconds = seconds, InputJson = """{"text":"a"}""" });
        }

        await evolver.ProfileAsync(workspace, p => p.Count == 1);
        await evolver.DrainedAsync("evolver-profile-execution");
        await EvolveInBackground.LookAsync(evolver.Services, Cancellation);
        var start = await started.WaitAsync(s => s.WorkspaceId == workspace);
        Assert.Equal(("extract", "system:background", "agent"), (start.SkillName, start.StartedBy, start.AgentId));

        var mutation = await sandbox.UntilAsync("the mutation", () => Task.FromResult(completed.Messages.FirstOrDefault(c => c.WorkspaceId == workspace)));
        await evolver.PublishTwiceAsync(Scored(workspace, mutation.MutationId, 0.89));
        await evolver.PublishTwiceAsync(Scored(workspace, mutation.MutationId, 0.93));
        await evolver.PublishTwiceAsync(Scored(workspace, mutation.MutationId, 1));
        Assert.Equal("system:auto_promote", (await approved.WaitAsync(a => a.MutationId == mutation.MutationId)).ApprovedBy);
        await evolver.DrainedAsync("evolver-follow-fitness");
        Assert.Single(approved.Messages, a => a.MutationId == mutation.MutationId);
    }

    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    static string Text(JsonElement input) => input.GetProperty("text").GetString()!;

    static string? Word(JsonElement item, string name) => item.GetProperty(name).GetString();

    static double? Number(JsonElement item, string name) =>
        item.GetProperty(name).ValueKind == JsonValueKind.Null ? null : Math.Round(item.GetProperty(name).GetDouble(), 6);

    static FitnessScored Scored(string workspace, Guid mutation, double score) => new()
    {
        WorkspaceId = workspace, Subject = $"mutation:{mutation}", Score = score, Label = "excellent", Status = "pending", SignalCount = 4,
        ScoredAt = DateTimeOffset.UtcNow,
    };

    /// <summary>A slow execution.</summary>
    Task NeedAsync(string workspace, string execution, string skill = "extract") => evolver.PublishTwiceAsync(
        Execution(execution) with
        {
            WorkspaceId = workspace, SkillName = skill, ExecutionSeconds = 8, InputJson = JsonSerializer.Serialize(new { text = execution }),
        });

    Task<IReadOnlyList<OptimizationNeed>> NeedsAsync(string workspace) =>
        evolver.InStoreAsync(workspace, s => s.Query<OptimizationNeed>().Where(n => n.ProfileId == "extract@1.0.0").ToListAsync());

    Task<IReadOnlyList<Experiment>> ExperimentsAsync(string workspace) => evolver.InStoreAsync(workspace, s => s.Query<Experiment>().ToListAsync());

    async Task<Experiment> ExperimentAsync(string workspace, Guid id) => (await evolver.InStoreAsync(workspace, s => s.LoadAsync<Experiment>(id)))!;

    async Task<IReadOnlyList<JsonElement>> ItemsAsync(string path) => [.. (await evolver.GetAsync(path)).Body.GetProperty("items").EnumerateArray()];
}
