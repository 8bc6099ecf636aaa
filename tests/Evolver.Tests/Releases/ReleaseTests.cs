using AutoDev.Contracts.Evolver;
using AutoDev.Contracts.Governance;
using AutoDev.Contracts.Memento;
using AutoDev.Evolver.Catalog;
using AutoDev.Evolver.Experiments;
using AutoDev.Evolver.Mutations;
using AutoDev.Evolver.Profiles;
using AutoDev.Evolver.Releases;
using AutoDev.Testing;
using Xunit;

namespace AutoDev.Evolver.Tests.Releases;

/// <summary>What becomes of a mutation once it was approved: a version that is watched, confirmed, taken back, or none.</summary>
[Collection(RunningEvolver.Name)]
public sealed class ReleaseTests(EvolverFixture evolver)
{
    static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    static Release Watched(int executions, double seconds) => new()
    {
        Id = "extract@1.0.1", SkillName = "extract", Version = "1.0.1", ParentVersion = "1.0.0", MutationId = Guid.NewGuid(), Share = 1,
        State = ReleaseState.Watching, Revision = 2, StartedAt = Noon, Watched = Samples(executions, seconds),
    };

    static IReadOnlyList<Sample> Samples(int count, double seconds) =>
        [.. Enumerable.Range(0, count).Select(i => new Sample($"e{i}", Noon, seconds * (1 + i % 7 / 10.0), "agent", true, 0))];

    [Fact]
    public void A_version_that_did_not_fall_in_fifty_executions_is_confirmed_and_not_before()
    {
        Assert.Equal(ReleaseState.Watching, WatchReleaseConsumer.Look("w", Watched(40, 1), Samples(20, 1), 50, Noon).Release.State);
        var (release, rollBack, confirm) = WatchReleaseConsumer.Look("w", Watched(50, 1), Samples(20, 1), 50, Noon);
        Assert.Equal((ReleaseState.Confirmed, Noon, 20), (release.State, release.EndedAt, release.Parent.Watched));
        Assert.Equal(("1.0.1", "It did not fall in 50 executions, compared with 20 of its parent."), (confirm!.Version, confirm.Reason));
        Assert.Null(rollBack);
    }

    [Fact]
    public void A_version_whose_parent_was_hardly_used_is_confirmed_and_says_so() => Assert.Equal(
        "After 50 executions: its parent was used too little to compare it with.",
        WatchReleaseConsumer.Look("w", Watched(50, 9), Samples(4, 1), 50, Noon).Confirm!.Reason);

    [Fact]
    public void A_version_that_fell_is_asked_back_and_is_watched_until_the_catalog_says_so()
    {
        var (release, rollBack, confirm) = WatchReleaseConsumer.Look("w", Watched(50, 2.5), Samples(20, 1), 50, Noon);
        Assert.Equal((ReleaseState.Watching, release.Detail), (release.State, rollBack!.Reason));
        Assert.Equal(("1.0.1", "1.0.0", "system:evolver"), (rollBack.FromVersion, rollBack.ToVersion, rollBack.RequestedBy));
        Assert.Null(confirm);
    }

    [Fact]
    public void An_execution_counts_once()
    {
        var release = Watched(3, 1);
        Assert.Same(release, release.With(release.Watched[1]));
    }

    [Fact]
    public async Task A_mutation_that_is_slow_where_it_is_used_is_asked_back_and_once_the_catalog_says_so_it_is_rolled_back()
    {
        var workspace = await evolver.WorkspaceAsync(enabled: true, Maturity.Intern);
        var (asked, rolledBack) = (await evolver.ListenAsync<RollBackSkill>(), await evolver.ListenAsync<MutationRolledBack>());
        var mutation = await ApprovedAsync(workspace);
        for (var i = 0; i < 12; i++) await evolver.PublishAsync(SkillProfileTests.Execution($"old{i}") with { WorkspaceId = workspace, ExecutionSeconds = 1 + i % 5 / 10.0 });
        await evolver.ProfileAsync(workspace, p => p.Count == 12);
        await evolver.PublishTwiceAsync(Published(workspace, mutation));
        await StatusAsync(workspace, mutation, MutationStatus.Promoted);
        var (_, page) = await evolver.GetAsync($"/workspaces/{workspace}/releases?skill=extract");
        Assert.Equal(("watching", 12), (page.GetProperty("items")[0].GetProperty("state").GetString(), page.GetProperty("items")[0].GetProperty("parent_watched").GetInt32()));

        await Task.WhenAll(Enumerable.Range(0, 10).Select(i => evolver.PublishTwiceAsync(
            SkillProfileTests.Execution($"new{i}") with { WorkspaceId = workspace, SkillVersion = "1.0.1", ExecutionSeconds = 3 + i % 5 / 10.0 })));
        var back = await asked.WaitAsync(r => r.WorkspaceId == workspace);
        Assert.Equal(("1.0.1", "1.0.0"), (back.FromVersion, back.ToVersion));
        Assert.StartsWith("It is slower: ", back.Reason, StringComparison.Ordinal);

        await evolver.PublishTwiceAsync(RolledBack(workspace, "1.0.1", "1.0.0", 3) with { Reason = back.Reason, RolledBackBy = "system:evolver" });
        await StatusAsync(workspace, mutation, MutationStatus.RolledBack);
        Assert.Equal(("1.0.1", "1.0.0", back.Reason), await rolledBack.WaitAsync(r => r.MutationId == mutation) is var said ? (said.Version, said.RolledBackTo, said.Reason) : default);
        var (_, shown) = await evolver.GetAsync($"/workspaces/{workspace}/mutations/{mutation}");
        Assert.Equal("rolled_back", shown.GetProperty("release").GetProperty("state").GetString());
        var evolution = await evolver.InStoreAsync(workspace, s => s.LoadAsync<SkillEvolution>("extract"));
        Assert.Equal("1.0.0", evolution!.CoolDownVersion);

        await evolver.PublishTwiceAsync(RolledBack(workspace, "1.0.0", "1.0.1", 4)); // a person knows better
        await StatusAsync(workspace, mutation, MutationStatus.Promoted);
        Assert.Equal(ReleaseState.Confirmed, (await ReleaseAsync(workspace))!.State);
        Assert.Single(rolledBack.Messages, r => r.MutationId == mutation);
    }

    [Fact]
    public async Task What_a_person_takes_back_is_rolled_back_even_when_the_news_overtake_the_publication()
    {
        var workspace = await evolver.WorkspaceAsync(enabled: true, Maturity.Intern);
        var rolledBack = await evolver.ListenAsync<MutationRolledBack>();
        var mutation = await ApprovedAsync(workspace);
        await evolver.PublishTwiceAsync(RolledBack(workspace, "1.0.1", "1.0.0", 3));
        await Eventually.IsTrueAsync("the news", async () => await evolver.InStoreAsync(workspace, s => s.LoadAsync<TakenBack>("extract@1.0.1")) is not null);
        await evolver.PublishTwiceAsync(Published(workspace, mutation));
        await StatusAsync(workspace, mutation, MutationStatus.RolledBack);
        Assert.Equal("Too clever.", (await rolledBack.WaitAsync(r => r.MutationId == mutation)).Reason);
        Assert.Equal((ReleaseState.RolledBack, "Taken back by olga: Too clever."), await ReleaseAsync(workspace) is { } release ? (release.State, release.Detail) : default);
    }

    [Fact]
    public async Task The_next_publication_ends_the_watch_and_what_the_catalog_does_not_take_is_rejected_with_its_reason()
    {
        var workspace = await evolver.WorkspaceAsync(enabled: true, Maturity.Intern);
        var (first, second) = (await ApprovedAsync(workspace), await ApprovedAsync(workspace));
        await evolver.PublishTwiceAsync(Published(workspace, first));
        await StatusAsync(workspace, first, MutationStatus.Promoted);
        await evolver.PublishTwiceAsync(Published(workspace, null) with { Version = "1.1.0", ParentVersion = "1.0.1", Revision = 3 });
        await Eventually.HoldsAsync(() => ReleaseAsync(workspace), r => Assert.Equal(ReleaseState.Superseded, r!.State));

        await evolver.PublishTwiceAsync(new MutationNotPublished
        {
            WorkspaceId = workspace, MutationId = second, SkillName = "extract", Reason = "Agents get 1.1.0 now.", RefusedAt = Noon,
        });
        await StatusAsync(workspace, second, MutationStatus.Rejected);
        var decision = (await evolver.InStoreAsync(workspace, s => s.LoadAsync<Mutation>(second)))!.Decision!;
        Assert.Equal((false, "Agents get 1.1.0 now."), (decision.Approved, decision.Reason));
    }

    Task<Mutation?> StatusAsync(string workspace, Guid mutation, string status) => Eventually.HoldsAsync(
        () => evolver.InStoreAsync(workspace, s => s.LoadAsync<Mutation>(mutation)), m => Assert.Equal(status, m!.Status));

    Task<Release?> ReleaseAsync(string workspace) => evolver.InStoreAsync(workspace, s => s.LoadAsync<Release>(SkillVersion.IdOf("extract", "1.0.1")));

    Task<Guid> ApprovedAsync(string workspace) => evolver.InStoreAsync(workspace, async session =>
    {
        var mutation = new Mutation
        {
            Id = Guid.NewGuid(), Revision = 3, Status = MutationStatus.Approved, ExperimentId = Guid.NewGuid(), SkillName = "extract", ParentVersion = "1.0.0",
            FunctionName = "extract", Source = "def extract(): return 1", ParentSource = "def extract(): pass", Reason = "execution_time", Mutator = "rewrite_rules",
            Rules = [], Description = "A loop became a lookup.", ProposedAt = Noon, UpdatedAt = Noon, Decision = new(true, "olga", null, Noon),
        };
        session.Store(mutation);
        await session.SaveChangesAsync();
        return mutation.Id;
    });

    static SkillPublished Published(string workspace, Guid? mutation) => new()
    {
        WorkspaceId = workspace, SkillName = "extract", Version = "1.0.1", ParentVersion = "1.0.0", CandidateId = Guid.NewGuid(), Description = "d", FunctionName = "extract",
        Source = "def extract(): return 1", PublishedBy = "olga", PublishedAt = Noon, Revision = 2, MutationId = mutation,
    };

    static SkillRolledBack RolledBack(string workspace, string from, string to, int revision) => new()
    {
        WorkspaceId = workspace, SkillName = "extract", Version = to, FromVersion = from, Revision = revision, Reason = "Too clever.", RolledBackBy = "olga",
        RolledBackAt = Noon,
    };
}
