using AutoDev.Contracts.Governance;
using AutoDev.Contracts.Memento;
using AutoDev.Contracts.Reflection;
using AutoDev.Evolver.Catalog;
using AutoDev.Evolver.Needs;
using AutoDev.Testing;
using Marten;
using Xunit;
using static AutoDev.Evolver.Tests.SkillProfileTests;

namespace AutoDev.Evolver.Tests;

[Collection(RunningEvolver.Name)]
public sealed class ProfileExecutionTests(EvolverFixture evolver)
{
    [Fact]
    public async Task An_execution_counts_once_however_often_it_is_said()
    {
        var workspace = await evolver.WorkspaceAsync(enabled: true, Maturity.Supervised);
        var execution = Execution("e1") with { WorkspaceId = workspace, TokenUsage = 10 };
        await evolver.PublishTwiceAsync(execution);
        await evolver.ProfileAsync(workspace, p => p.Count == 1);
        await evolver.PublishTwiceAsync(execution with { TokenUsage = 99, SkillVersion = "2.0.0" }); // before, either version might have been the first
        await evolver.PublishTwiceAsync(execution);
        await evolver.PublishAsync(execution with { ExecutionId = "e2", TokenUsage = 1 });
        var profile = await evolver.ProfileAsync(workspace, p => p.Count > 1);
        Assert.Equal((2, 11L), (profile.Count, profile.Tokens));
        Assert.Equal(1, (await evolver.GetAsync($"/workspaces/{workspace}/profiles")).Body.GetProperty("items").GetArrayLength());
    }

    [Fact]
    public async Task Fifty_executions_at_once_all_count()
    {
        var workspace = await evolver.WorkspaceAsync(enabled: true, Maturity.Supervised);
        await Task.WhenAll(Enumerable.Range(0, 50).Select(i =>
            evolver.PublishTwiceAsync(Execution($"e{i}", i) with { WorkspaceId = workspace, InputJson = $$"""{"i":{{i % 7}}}""" })));
        var profile = await evolver.ProfileAsync(workspace, p => p.Count == 50);
        Assert.Equal((50, 7), (profile.Window.Count, profile.Inputs.Count));
    }

    [Fact]
    public async Task A_good_execution_shows_no_need()
    {
        var workspace = await evolver.WorkspaceAsync(enabled: true, Maturity.Supervised);
        await evolver.PublishTwiceAsync(Execution("e1") with { WorkspaceId = workspace });
        await evolver.ProfileAsync(workspace, p => p.Count == 1);
        Assert.Empty(await NeedsAsync(workspace));
    }

    [Fact]
    public async Task A_need_of_a_skill_that_is_not_known_is_kept_and_nothing_is_pretended()
    {
        var workspace = await evolver.WorkspaceAsync(enabled: true, Maturity.Supervised);
        await evolver.PublishTwiceAsync(Execution("e1") with { WorkspaceId = workspace, ExecutionSeconds = 8, Success = false });
        await evolver.ProfileAsync(workspace, p => p.Count == 1);
        var need = Assert.Single(await NeedsAsync(workspace));
        Assert.Equal(("unknown_skill", 1), (need.Outcome, need.Executions));
        Assert.Equal(["execution_time", "failure"], need.Reasons.Keys.Order());
    }

    [Theory]
    [InlineData(false, Maturity.Autonomous, "auto_dev_disabled")]
    [InlineData(true, Maturity.Intern, "maturity_too_low")]
    public async Task A_refused_need_is_said_once_a_day(bool enabled, Maturity maturity, string reason)
    {
        await OneDay.BeginAsync();
        var workspace = await evolver.WorkspaceAsync(enabled, maturity);
        var refusals = await evolver.ListenAsync<GateRefused>();
        for (var i = 0; i < 5; i++) await evolver.PublishTwiceAsync(Execution($"e{i}") with { WorkspaceId = workspace, Retries = 1 });
        await evolver.ProfileAsync(workspace, p => p.Count == 5);

        // Another version's refusal is said as well: when it was heard after the first's, a second of the first's would have been too.
        await refusals.WaitAsync(r => r.WorkspaceId == workspace && r.Subject == "skill:extract@1.0.0");
        await evolver.PublishAsync(Execution("other") with { WorkspaceId = workspace, SkillVersion = "1.1.0", Retries = 1 });
        await refusals.WaitAsync(r => r.WorkspaceId == workspace && r.Subject == "skill:extract@1.1.0");
        var said = Assert.Single(refusals.Messages, r => r.WorkspaceId == workspace && r.Subject == "skill:extract@1.0.0");
        Assert.Equal(("agent", "alpha_evolver", reason), (said.AgentId, said.Capability, said.Reason));
        var need = Assert.Single(await NeedsAsync(workspace));
        Assert.Equal(("refused", reason, 5), (need.Outcome, need.RefusedBecause, need.Executions));
    }

    [Fact]
    public async Task An_agent_that_nobody_has_heard_of_is_a_student_and_is_refused_for_itself()
    {
        var workspace = await evolver.WorkspaceAsync(enabled: true, Maturity.Supervised);
        var refusals = await evolver.ListenAsync<GateRefused>();
        await evolver.PublishTwiceAsync(Execution("e1") with { WorkspaceId = workspace, AgentId = "stranger", Success = false });
        var said = await refusals.WaitAsync(r => r.WorkspaceId == workspace);
        Assert.Equal(("stranger", "maturity_too_low"), (said.AgentId, said.Reason));
    }

    [Fact]
    public async Task Executions_that_cannot_be_used_end_in_the_error_queue_with_the_reason()
    {
        var workspace = await evolver.WorkspaceAsync(enabled: true, Maturity.Supervised);
        foreach (var (execution, reason) in new (SkillExecuted, string)[]
        {
            (Execution("bad") with { WorkspaceId = workspace, InputJson = "{" }, "The input of execution 'bad' is not JSON"),
            (Execution("lost") with { WorkspaceId = "nowhere" }, "There is no workspace 'nowhere'."),
        })
        {
            await evolver.PublishAsync(execution);
            var letter = await Eventually.GetAsync("the dead letter", async () =>
                await evolver.Installation.TakeDeadLetterAsync("evolver-profile-execution") is { } found ? new { found.Reason } : null);
            Assert.Contains(reason, letter.Reason, StringComparison.Ordinal);
        }

        await evolver.PublishAsync(Execution("after") with { WorkspaceId = workspace });
        Assert.Equal(1, (await evolver.ProfileAsync(workspace, p => p.Count > 0)).Count);
    }

    [Fact]
    public async Task A_published_version_is_kept_with_its_source_and_never_replaced()
    {
        var workspace = await evolver.WorkspaceAsync(enabled: true, Maturity.Supervised);
        await evolver.PublishTwiceAsync(Published(workspace, "1.0.0", "def extract(): pass"));
        await Eventually.IsTrueAsync("the version", async () => await VersionAsync(workspace, "1.0.0") is not null);
        await evolver.PublishAsync(Published(workspace, "1.0.0", "import os"));
        await evolver.PublishAsync(Published(workspace, "1.1.0", "def extract(): return 1"));
        await Eventually.IsTrueAsync("the next version", async () => await VersionAsync(workspace, "1.1.0") is not null);
        Assert.Equal("def extract(): pass", (await VersionAsync(workspace, "1.0.0"))!.Source);
    }

    [Fact]
    public async Task A_profile_is_shown_with_its_inputs_and_needs()
    {
        var workspace = await evolver.WorkspaceAsync(enabled: true, Maturity.Intern);
        var path = $"/workspaces/{workspace}/profiles/extract/1.0.0";
        Assert.Equal(404, (await evolver.GetAsync(path)).Status);
        await evolver.PublishAsync(Published(workspace, "1.0.0", "def extract(): pass"));
        await evolver.PublishAsync(Execution("e1") with { WorkspaceId = workspace, InputJson = """{"text":"INV-1"}""", ExecutionSeconds = 6 });
        await evolver.ProfileAsync(workspace, p => p.Count == 1);
        await Eventually.IsTrueAsync("the version", async () => await VersionAsync(workspace, "1.0.0") is not null);

        var (status, profile) = await evolver.GetAsync(path);
        Assert.Equal((200, true), (status, profile.GetProperty("published").GetBoolean()));
        Assert.Equal((1, 6.0), (profile.GetProperty("count").GetInt32(), profile.GetProperty("p50_seconds").GetDouble()));
        Assert.Equal("INV-1", profile.GetProperty("inputs")[0].GetProperty("input").GetProperty("text").GetString());
        Assert.Equal("maturity_too_low", profile.GetProperty("needs")[0].GetProperty("refused_because").GetString());
        Assert.Equal(1, profile.GetProperty("needs")[0].GetProperty("reasons").GetProperty("execution_time").GetInt32());
    }

    [Theory]
    [InlineData("""{"text":"a\u0000b"}""")]
    [InlineData("""{"n":1e999}""")]
    public async Task Strange_inputs_are_kept_and_shown_as_they_came(string input)
    {
        var workspace = await evolver.WorkspaceAsync(enabled: true, Maturity.Supervised);
        await evolver.PublishAsync(Execution("e1") with { WorkspaceId = workspace, InputJson = input });
        await evolver.PublishAsync(Execution("e2") with { WorkspaceId = workspace, InputJson = input });
        await evolver.ProfileAsync(workspace, p => p.Count == 2);
        var text = await evolver.Admin.GetStringAsync(
            new Uri($"/workspaces/{workspace}/profiles/extract/1.0.0", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Contains(input, text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_input_that_is_no_text_does_not_make_its_profile_unreadable()
    {
        var workspace = await evolver.WorkspaceAsync(enabled: true, Maturity.Supervised);
        await evolver.PublishAsync(Execution("e1") with { WorkspaceId = workspace, InputJson = """{"text":"\ud800"}""" });
        await evolver.PublishAsync(Execution("e2") with { WorkspaceId = workspace, InputJson = """{"\udc00":1}""" });
        await evolver.ProfileAsync(workspace, p => p.Count == 2);
        var (status, profile) = await evolver.GetAsync($"/workspaces/{workspace}/profiles/extract/1.0.0");
        Assert.Equal((200, 0), (status, profile.GetProperty("inputs").GetArrayLength()));
    }

    [Fact]
    public async Task The_list_has_every_profile_once_over_its_pages()
    {
        var workspace = await evolver.WorkspaceAsync(enabled: true, Maturity.Supervised);
        string[] versions = ["1.0.0", "1.0.1", "1.1.0", "2.0.0", "2.1.0"];
        foreach (var version in versions) await evolver.PublishAsync(Execution($"e{version}") with { WorkspaceId = workspace, SkillVersion = version });
        await Eventually.IsTrueAsync("all profiles", async () =>
            (await evolver.GetAsync($"/workspaces/{workspace}/profiles?skill=extract")).Body.GetProperty("items").GetArrayLength() == versions.Length);

        var seen = new List<string>();
        var next = "";
        do
        {
            var (_, page) = await evolver.GetAsync($"/workspaces/{workspace}/profiles?limit=2{next}");
            seen.AddRange(page.GetProperty("items").EnumerateArray().Select(i => i.GetProperty("version").GetString()!));
            next = page.GetProperty("next").GetString() is { } cursor ? $"&cursor={cursor}" : null;
        }
        while (next is not null);

        Assert.Equal(versions, seen.Order());
        Assert.Equal(404, (await evolver.GetAsync("/workspaces/nowhere/profiles")).Status);
        Assert.Equal(401, (await evolver.GetAsync($"/workspaces/{workspace}/profiles", evolver.ClientWithKey(null))).Status);
    }

    Task<IReadOnlyList<OptimizationNeed>> NeedsAsync(string workspace) =>
        evolver.InStoreAsync(workspace, s => s.Query<OptimizationNeed>().Where(n => n.ProfileId == "extract@1.0.0").ToListAsync());

    Task<SkillVersion?> VersionAsync(string workspace, string version) => evolver.InStoreAsync(workspace, s => s.LoadAsync<SkillVersion>($"extract@{version}"));

    static SkillPublished Published(string workspace, string version, string source) => new()
    {
        WorkspaceId = workspace, CandidateId = Guid.CreateVersion7(), SkillName = "extract", Version = version, Description = "d", FunctionName = "extract",
        Source = source, PublishedBy = "ann", PublishedAt = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero),
    };
}
