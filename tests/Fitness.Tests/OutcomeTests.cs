using AutoDev.Contracts.Fitness;
using AutoDev.Contracts.Memento;
using AutoDev.Contracts.Reflection;
using AutoDev.Fitness.Outcomes;
using AutoDev.Testing;
using Marten;
using Microsoft.Extensions.DependencyInjection;
using Xunit;
using static AutoDev.Fitness.Tests.FitnessFixture;

namespace AutoDev.Fitness.Tests;

[Collection(RunningFitness.Name)]
public sealed class OutcomeTests(FitnessFixture fitness)
{
    // Within the days that are kept, whenever the test runs; a whole day, so that two hours of it are the same day.
    static readonly DateTimeOffset Day = new(DateTimeOffset.UtcNow.UtcDateTime.Date.AddDays(-3), TimeSpan.Zero);

    [Fact]
    public async Task Executions_episodes_and_feedback_make_a_trend_of_the_version_in_force_and_move_no_score()
    {
        var workspace = await fitness.WorkspaceAsync();
        await fitness.PublishTwiceAsync(Execution(workspace, "x1", "1.0.0", Day.AddHours(1), success: true));
        await fitness.PublishTwiceAsync(Execution(workspace, "x2", "1.0.0", Day.AddHours(2), success: false));
        await fitness.PublishTwiceAsync(Succeeded(workspace, "e1", Day.AddHours(3)));
        await fitness.PublishTwiceAsync(new EpisodeFailed
        {
            WorkspaceId = workspace, EpisodeId = "e2", AgentId = "a", TaskDescription = "t", Outcome = "partial", RecordedAt = Day.AddDays(1),
            SkillsUsed = ["extract"],
        });
        await fitness.PublishTwiceAsync(Feedback(workspace, "f2", "e1", 1, Day.AddDays(1).AddHours(2)));
        await fitness.PublishTwiceAsync(Feedback(workspace, "f1", "e1", -1, Day.AddDays(1).AddHours(1))); // the earlier one, which comes later
        await fitness.PublishTwiceAsync(Published(workspace, Guid.CreateVersion7()) with { PublishedAt = Day });
        await fitness.PublishTwiceAsync(Published(workspace, Guid.CreateVersion7()) with { Version = "1.0.1", Share = 0.2, PublishedAt = Day.AddHours(2) });
        await fitness.PublishTwiceAsync(new SkillVersionConfirmed
        {
            WorkspaceId = workspace, SkillName = "extract", Version = "1.0.1", Revision = 3, Reason = "r", ConfirmedBy = "s", ConfirmedAt = Day.AddHours(20),
        });

        await TrendAsync(workspace, "", [(3, 2.0 / 3), (2, 0.5)]);
        await TrendAsync(workspace, "&version=1.0.0", [(3, 2.0 / 3)]);
        await TrendAsync(workspace, "&version=1.0.1", [(2, 0.5)]);
        var (_, trend) = await fitness.GetAsync($"/workspaces/{workspace}/skills/extract/trend");
        Assert.Equal(["1.0.0 published", "1.0.1 confirmed"], trend.GetProperty("versions").EnumerateArray().Select(v =>
            $"{v.GetProperty("version")} {v.GetProperty("because")}"));
        Assert.Equal(400, (await fitness.GetAsync($"/workspaces/{workspace}/skills/extract/trend?days=91")).Status);

        var skill = await fitness.SubjectAsync(workspace, "skill:extract@1.0.0", s => s.IsKnown);
        Assert.Equal((0, 0m), (skill.SignalCount, skill.Sum));
        var (_, compared) = await fitness.GetAsync($"/workspaces/{workspace}/compare?left=skill:extract@1.0.0&right=skill:extract@1.0.1");
        Assert.Equal(3, compared.GetProperty("left").GetProperty("live").GetProperty("outcomes").GetInt32());
        Assert.Equal(2, compared.GetProperty("left").GetProperty("live").GetProperty("p50_seconds").GetDouble());
    }

    [Fact]
    public async Task A_drop_is_said_once_and_shown()
    {
        var workspace = await fitness.WorkspaceAsync();
        var said = await fitness.ListenAsync<FitnessDropped>();
        await fitness.InStoreAsync(workspace, async session =>
        {
            // At once: while they come one by one the drop may be found before the last has come, which a test of what is found cannot have.
            for (var i = 0; i < 60; i++) session.Record(Outcome.Of(Execution(workspace, $"x{i}", "1.0.0", Day.AddMinutes(i), success: i < 40)));
            await session.SaveChangesAsync();
            return 0;
        });
        var drop = await said.WaitAsync(d => d.WorkspaceId == workspace);
        Assert.Equal(("skill:extract@1.0.0", 1, 0, Day.AddMinutes(40)), (drop.Subject, drop.Before, drop.After, drop.Since));

        await fitness.InStoreAsync(workspace, async session =>
        {
            for (var i = 60; i < 130; i++) session.Record(Outcome.Of(Execution(workspace, $"x{i}", "1.0.0", Day.AddMinutes(i), success: i >= 90)));
            for (var i = 130; i < 190; i++) session.Record(Outcome.Of(Execution(workspace, $"x{i}", "1.0.0", Day.AddMinutes(i), success: false)));
            await session.SaveChangesAsync();
            return 0;
        });
        await said.WaitAsync(d => d.WorkspaceId == workspace && d.Since == Day.AddMinutes(130)); // another drop, after a rise: the first was not said again
        Assert.Equal(2, said.Messages.Count(d => d.WorkspaceId == workspace));
        var (_, trend) = await fitness.GetAsync($"/workspaces/{workspace}/skills/extract/trend");
        Assert.Equal(2, trend.GetProperty("drops").GetArrayLength());
    }

    [Fact]
    public async Task Outcomes_are_forgotten_after_the_days_that_can_be_asked_for()
    {
        var (workspace, store) = (await fitness.WorkspaceAsync(), fitness.Services.GetRequiredService<IDocumentStore>());
        await fitness.PublishAsync(Execution(workspace, "x1", "1.0.0", Day.AddHours(1), success: true));
        await TrendAsync(workspace, "", [(1, 1)]);
        await ForgetOutcomes.ForgetAsync(store, DateTimeOffset.UtcNow.AddDays(90), TestContext.Current.CancellationToken);
        await TrendAsync(workspace, "", [(1, 1)]);
        await ForgetOutcomes.ForgetAsync(store, DateTimeOffset.UtcNow.AddDays(92), TestContext.Current.CancellationToken);
        await TrendAsync(workspace, "", []);
    }

    Task TrendAsync(string workspace, string query, (long Count, double Mean)[] days) => Eventually.HoldsAsync(async () =>
    {
        var (_, trend) = await fitness.GetAsync($"/workspaces/{workspace}/skills/extract/trend?days=30{query}");
        Assert.Equal(days, trend.GetProperty("points").EnumerateArray().Select(p => (p.GetProperty("count").GetInt64(), p.GetProperty("mean").GetDouble())));
    });

    static SkillExecuted Execution(string workspace, string id, string version, DateTimeOffset at, bool success) => new()
    {
        WorkspaceId = workspace, ExecutionId = id, AgentId = "a", SkillName = "extract", SkillVersion = version, ExecutionSeconds = 2, Success = success,
        RecordedAt = at,
    };

    static EpisodeSucceeded Succeeded(string workspace, string id, DateTimeOffset at) =>
        new() { WorkspaceId = workspace, EpisodeId = id, AgentId = "a", TaskDescription = "t", RecordedAt = at, SkillsUsed = ["extract"] };

    static EpisodeFeedbackGiven Feedback(string workspace, string id, string episode, double value, DateTimeOffset at) => new()
    {
        WorkspaceId = workspace, FeedbackId = id, EpisodeId = episode, AgentId = "a", Value = value, SkillsUsed = ["extract"], GivenBy = "ann", GivenAt = at,
    };
}
