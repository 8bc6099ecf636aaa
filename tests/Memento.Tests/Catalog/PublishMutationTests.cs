using System.Text.Json;
using AutoDev.Contracts.Evolver;
using AutoDev.Contracts.Governance;
using AutoDev.Contracts.Memento;
using AutoDev.Memento.Catalog;
using Marten;
using Xunit;
using Back = AutoDev.Contracts.Memento.RollBackSkill;

namespace AutoDev.Memento.Tests.Catalog;

/// <summary>What the Evolver asks of the catalog: a mutation's publication, its confirmation, its way back.</summary>
[Collection(RunningMemento.Name)]
public sealed class PublishMutationTests(MementoFixture memento)
{
    const string Name = "extract_invoice_id";

    [Fact]
    public async Task A_mutation_becomes_the_next_version_once_is_confirmed_and_taken_back_and_the_history_and_the_audit_log_say_so()
    {
        var workspace = await memento.WorkspaceAsync();
        await memento.ChangeAsync(workspace, new() { Enabled = true, CanaryShare = 0.5 });
        var (published, confirmed, rolledBack, decisions) = (
            await memento.ListenAsync<SkillPublished>(), await memento.ListenAsync<SkillVersionConfirmed>(), await memento.ListenAsync<SkillRolledBack>(),
            await memento.ListenAsync<DecisionMade>());
        var first = await memento.PublishedAsync(workspace, Name);

        var approved = Approved(workspace, "1.0.0");
        await memento.PublishTwiceAsync(approved);
        var said = await published.WaitAsync(p => p.MutationId == approved.MutationId);
        Assert.Equal(("1.0.1", "1.0.0", first.CandidateId, 0.5, 2), (said.Version, said.ParentVersion, said.CandidateId, said.Share, said.Revision));
        await memento.PublishAsync(approved); // once more, as another message
        Assert.Equal(0.5, (await GetAsync(workspace, "")).GetProperty("canary").GetProperty("share").GetDouble());
        Assert.Equal(2, (await SourcesAsync(workspace)).Count);

        await memento.PublishTwiceAsync(new ConfirmSkillVersion
        {
            WorkspaceId = workspace, SkillName = Name, Version = "1.0.1", Reason = "Proven.", RequestedBy = "system:evolver", RequestedAt = DateTimeOffset.UtcNow,
        });
        Assert.Equal(3, (await confirmed.WaitAsync(c => c.WorkspaceId == workspace)).Revision);
        Assert.Equal(["def f(): return 1\n"], await SourcesAsync(workspace));

        await memento.PublishTwiceAsync(Asked(workspace, "1.0.9", "1.0.0")); // agents do not get that one
        await memento.PublishTwiceAsync(Asked(workspace, "1.0.1", "1.0.0"));
        var back = await rolledBack.WaitAsync(r => r.WorkspaceId == workspace);
        Assert.Equal(("1.0.0", "1.0.1", "Slow.", "system:evolver", 4), (back.Version, back.FromVersion, back.Reason, back.RolledBackBy, back.Revision));
        await decisions.WaitAsync(d => d.WorkspaceId == workspace && (d.Action, d.Actor) == ("skill_confirmed", "system:evolver"));
        await decisions.WaitAsync(d => d.WorkspaceId == workspace && (d.Action, d.Actor, d.Reason) == ("skill_rolled_back", "system:evolver", "Slow."));

        await memento.PublishAsync(Approved(workspace, "1.0.0")); // whatever came before it was consumed: nothing of it happened twice
        var third = await published.WaitAsync(p => p.WorkspaceId == workspace && p.Version == "1.0.2");
        Assert.Equal(5, third.Revision);
        var lineage = await GetAsync(workspace, "/lineage");
        Assert.Equal(
            [("1.0.0", null, "published confirmed rolled_back"), ("1.0.1", "1.0.0", "published confirmed rolled_back"), ("1.0.2", "1.0.0", "published")],
            lineage.GetProperty("nodes").EnumerateArray().Select(n => (
                n.GetProperty("version").GetString(), n.GetProperty("parent_version").GetString(),
                string.Join(' ', n.GetProperty("events").EnumerateArray().Select(e => e.GetProperty("kind").GetString())))));
        Assert.Equal(approved.MutationId, lineage.GetProperty("nodes")[1].GetProperty("mutation_id").GetGuid());
        Assert.Equal(["rolled_back", "confirmed"], (await GetAsync(workspace, "/history")).GetProperty("items").EnumerateArray().Select(e => e.GetProperty("kind").GetString()));
    }

    [Fact]
    public async Task A_mutation_of_what_agents_do_not_get_any_more_is_refused_with_the_reason()
    {
        var workspace = await memento.WorkspaceAsync();
        var refused = await memento.ListenAsync<MutationNotPublished>();
        await memento.PublishedAsync(workspace, Name);
        await memento.PublishedAsync(workspace, Name, source: "def f(): return 2\n");
        var approved = Approved(workspace, "1.0.0");
        await memento.PublishTwiceAsync(approved);
        Assert.Equal(
            "The mutation was compared with version 1.0.0, and agents get 1.1.0 now.", (await refused.WaitAsync(r => r.MutationId == approved.MutationId)).Reason);
        Assert.Equal(2, await memento.InStoreAsync(workspace, s => s.Query<SkillVersion>().CountAsync(TestContext.Current.CancellationToken)));
    }

    static MutationApproved Approved(string workspace, string parent) => new()
    {
        WorkspaceId = workspace, MutationId = Guid.NewGuid(), SkillName = Name, ParentVersion = parent, FunctionName = Name, Source = "def f(): return 1\n",
        Description = "Faster.", Mends = false, ApprovedBy = "olga", ApprovedAt = DateTimeOffset.UtcNow,
    };

    static Back Asked(string workspace, string from, string to) => new()
    {
        WorkspaceId = workspace, SkillName = Name, FromVersion = from, ToVersion = to, Reason = "Slow.", RequestedBy = "system:evolver",
        RequestedAt = DateTimeOffset.UtcNow,
    };

    /// <summary>The different sources that twenty agents get.</summary>
    async Task<IReadOnlyList<string>> SourcesAsync(string workspace)
    {
        var sources = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => memento.Admin.GetStringAsync(
            new Uri($"/workspaces/{workspace}/skills/{Name}/source?agent=agent-{i}", UriKind.Relative), TestContext.Current.CancellationToken)));
        return [.. sources.Distinct()];
    }

    async Task<JsonElement> GetAsync(string workspace, string path) => JsonElement.Parse(await memento.Admin.GetStringAsync(
        new Uri($"/workspaces/{workspace}/skills/{Name}{path}", UriKind.Relative), TestContext.Current.CancellationToken));
}
