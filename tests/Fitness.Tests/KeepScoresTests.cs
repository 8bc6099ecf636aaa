using AutoDev.Contracts.Fitness;
using AutoDev.Fitness.Scores;
using Npgsql;
using Xunit;

namespace AutoDev.Fitness.Tests;

[Collection(RunningFitness.Name)]
public sealed class KeepScoresTests(FitnessFixture fitness)
{
    static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task A_score_that_waited_long_enough_is_evaluated_and_says_why()
    {
        var workspace = await fitness.WorkspaceAsync();
        var said = await fitness.ListenAsync<FitnessScored>();
        var id = SubjectId.Candidate(Guid.CreateVersion7());
        await fitness.InStoreAsync(workspace, async session =>
        {
            var approved = Signal.OfCandidate(Guid.Empty, "approved", Now);
            session.Store(new Subject { Id = id }.Heard(null, DateTimeOffset.UtcNow.AddDays(-8)).Count(approved, 0.5m).Scored(Now));
            await session.SaveChangesAsync();
            return 0;
        });
        await said.WaitAsync(s => s.WorkspaceId == workspace && s.Subject == id && s.Status == "evaluated");
        var (_, history) = await fitness.GetAsync($"/workspaces/{workspace}/scores/{id}/history");
        var newest = history.GetProperty("items")[0];
        Assert.Equal(("evaluated", Subject.Deadline), (newest.GetProperty("status").GetString(), newest.GetProperty("by").GetString()));
    }

    [Fact]
    public async Task A_workspace_says_for_itself_how_long_it_waits_and_others_wait_as_before()
    {
        var (quick, patient, usual) = (await fitness.WorkspaceAsync(), await fitness.WorkspaceAsync(), await fitness.WorkspaceAsync());
        var decided = await fitness.ListenAsync<AutoDev.Contracts.Governance.DecisionMade>();
        var (status, deadline) = await fitness.PutAsync($"/workspaces/{quick}/deadline", new { days = 1.5, reason = "quick shop" });
        Assert.Equal((200, 1.5, 7.0, "admin"), (status, deadline.GetProperty("days").GetDouble(), deadline.GetProperty("usual_days").GetDouble(), deadline.GetProperty("changed_by").GetString()));
        await fitness.PutAsync($"/workspaces/{patient}/deadline", new { days = 30 });
        var said = await decided.WaitAsync(d => d.WorkspaceId == quick && d.Action == "deadline_changed");
        Assert.Equal(("quick shop", "admin"), (said.Reason, said.Actor));

        const string id = "skill:extract@1.0.0";
        foreach (var (workspace, days) in new[] { (patient, 8), (usual, 2), (quick, 2) })
        {
            await fitness.InStoreAsync(workspace, async session =>
            {
                session.Store(new Subject { Id = id }.Heard(null, DateTimeOffset.UtcNow.AddDays(-days)).Scored(Now));
                await session.SaveChangesAsync();
                return 0;
            });
        }

        await fitness.SubjectAsync(quick, id, s => s.Status == "evaluated");
        Assert.Equal("pending", (await fitness.SubjectAsync(patient, id, _ => true)).Status);
        Assert.Equal("pending", (await fitness.SubjectAsync(usual, id, _ => true)).Status);
        await fitness.PutAsync($"/workspaces/{patient}/deadline", new { days = (double?)null }); // as usual again: its eight days are over
        await fitness.SubjectAsync(patient, id, s => s.Status == "evaluated");
        Assert.Equal(400, (await fitness.PutAsync($"/workspaces/{usual}/deadline", new { days = 366 })).Status);
        using var @operator = await fitness.ClientAsync(usual, AutoDev.ServiceDefaults.Security.Roles.Operator);
        Assert.Equal(403, (await fitness.PutAsync($"/workspaces/{usual}/deadline", new { days = 1 }, @operator)).Status);
    }

    [Fact]
    public async Task What_an_earlier_version_kept_in_a_subject_is_moved_soon_after_the_start()
    {
        var workspace = await fitness.WorkspaceAsync();
        const string id = "skill:extract@1.0.0";
        await fitness.InStoreAsync(workspace, async session =>
        {
            session.Store(new Subject
            {
                Id = id, IsKnown = true, Score = FitnessScore.Of(0.4m, 1, waitingEnded: false), ScoredAt = Now,
                Signals = [new("external:a", "invoice_created", null, "external", null, Now, Now, 0.4m, IsExternal: true, "An invoice was created")],
                History = [new(Now, 0.4, "poor", "evaluated", ["An invoice was created"])],
            });
            await session.SaveChangesAsync();

            // As the column is where it was added to a table of that version.
            await using var forget = new NpgsqlCommand("update mt_doc_subject set data = data - 'WeightsVersion', weights_version = null where tenant_id = $1");
            forget.Parameters.Add(new() { Value = workspace });
            return await session.ExecuteAsync(forget);
        });
        await fitness.SubjectAsync(workspace, id, s => s is { SignalCount: 1, Sum: 0.4m, Signals.Count: 0 });
        Assert.Equal("external:a", Assert.Single(await fitness.SignalsAsync(workspace, id)).Key);
        Assert.Equal("An invoice was created", (await fitness.GetAsync($"/workspaces/{workspace}/scores/{id}")).Body.GetProperty("history")[0].GetProperty("because").GetString());
    }
}
