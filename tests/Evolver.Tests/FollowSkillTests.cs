using AutoDev.Contracts.Governance;
using AutoDev.Contracts.Memento;
using AutoDev.Evolver.Catalog;
using AutoDev.Testing;
using Marten;
using Xunit;

namespace AutoDev.Evolver.Tests;

/// <summary>Which version agents get, by what the catalog says, in whatever order it comes.</summary>
[Collection(RunningEvolver.Name)]
public sealed class FollowSkillTests(EvolverFixture evolver)
{
    static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task The_newest_revision_is_how_it_is_in_whatever_order_and_however_often_the_news_come()
    {
        var workspace = await evolver.WorkspaceAsync(enabled: true, Maturity.Supervised);
        await evolver.PublishTwiceAsync(new SkillRolledBack
        {
            WorkspaceId = workspace, SkillName = "extract", Version = "1.0.0", FromVersion = "1.1.0", Revision = 3, Reason = "slow", RolledBackBy = "olga",
            RolledBackAt = Noon.AddMinutes(2),
        });
        await CurrentAsync(workspace, "1.0.0", false, 3);
        await evolver.PublishTwiceAsync(Published(workspace, "1.1.0", 2));
        await evolver.PublishTwiceAsync(Published(workspace, "1.0.0", 1));
        await VersionsAsync(workspace, 2);
        await CurrentAsync(workspace, "1.0.0", false, 3);
        await evolver.PublishTwiceAsync(new SkillRestored
        {
            WorkspaceId = workspace, SkillName = "extract", Version = "1.0.0", Revision = 5, Reason = "mended", RestoredBy = "olga",
            RestoredAt = Noon.AddMinutes(4),
        });
        await CurrentAsync(workspace, "1.0.0", false, 5);
        await evolver.PublishTwiceAsync(new SkillRetired
        {
            WorkspaceId = workspace, SkillName = "extract", Version = "1.0.0", Revision = 4, Reason = "wrong", RetiredBy = "olga",
            RetiredAt = Noon.AddMinutes(3),
        });
        await Eventually.IsTrueAsync("the queue to be empty", async () => await evolver.Installation.CountAsync("evolver-follow-skill") == 0);
        await CurrentAsync(workspace, "1.0.0", false, 5);
        await evolver.PublishTwiceAsync(new SkillRetired
        {
            WorkspaceId = workspace, SkillName = "extract", Version = "1.0.0", Revision = 6, Reason = "wrong", RetiredBy = "olga",
            RetiredAt = Noon.AddMinutes(5),
        });
        await CurrentAsync(workspace, "1.0.0", true, 6);
        var profile = (await evolver.GetAsync($"/workspaces/{workspace}/profiles/extract/1.0.0")).Body;
        Assert.False(profile.GetProperty("current").GetBoolean());
    }

    [Fact]
    public void News_from_before_revisions_were_counted_are_ordered_by_time()
    {
        var first = new CurrentSkill { Id = "extract", Version = "1.0.0", Revision = 0, Since = Noon };
        var second = first with { Version = "1.1.0", Since = Noon.AddMinutes(1) };
        Assert.True(second.IsNewerThan(first) && first.IsNewerThan(null));
        Assert.False(first.IsNewerThan(second) || first.IsNewerThan(first));
        Assert.True((first with { Revision = 1 }).IsNewerThan(second));
    }

    static SkillPublished Published(string workspace, string version, int revision) => new()
    {
        WorkspaceId = workspace, SkillName = "extract", Version = version, CandidateId = Guid.NewGuid(), Description = "d", FunctionName = "extract",
        Source = "x", PublishedBy = "olga",
        PublishedAt = Noon.AddMinutes(revision), Revision = revision,
    };

    async Task CurrentAsync(string workspace, string version, bool retired, int revision) => await Eventually.HoldsAsync(
        () => evolver.InStoreAsync(workspace, s => s.LoadAsync<CurrentSkill>("extract")), current =>
            Assert.Equal((version, retired, revision), (current?.Version, current?.Retired, current?.Revision)));

    Task VersionsAsync(string workspace, int count) => Eventually.IsTrueAsync("the versions", async () =>
        await evolver.InStoreAsync(workspace, s => s.Query<SkillVersion>().CountAsync()) == count);
}
