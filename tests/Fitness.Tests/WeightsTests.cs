using System.Text.Json;
using AutoDev.Contracts.Fitness;
using AutoDev.Contracts.Governance;
using AutoDev.Fitness.Scores;
using AutoDev.Fitness.Weights;
using AutoDev.ServiceDefaults.Security;
using AutoDev.Testing;
using Xunit;
using static AutoDev.Fitness.Tests.FitnessFixture;

namespace AutoDev.Fitness.Tests;

[Collection(RunningFitness.Name)]
public sealed class WeightsTests(FitnessFixture fitness)
{
    static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Weights_beyond_their_range_or_of_no_signal_are_refused()
    {
        Assert.Empty(SetWeights.Faults(Request(("approved", 1), ("rejected", -1), ("conversion_value", 0))));
        Assert.Equal(["weights"], SetWeights.Faults(new(null)).Keys);
        Assert.Equal(
            ["weights.applause", "weights.approved", "weights.conversion_value", "weights.email_bounce", "weights.rejected"],
            SetWeights.Faults(Request(("approved", 1.01m), ("rejected", -1.01m), ("conversion_value", -0.1m), ("applause", 0), ("email_bounce", 0.1234567m)))
                .Keys.Order());
    }

    [Fact]
    public void Only_what_differs_from_the_usual_is_kept_and_the_same_again_is_no_change()
    {
        var changed = SetWeights.Decide(SignalWeights.Default, Request(("approved", 0.4m), ("rejected", -0.5m)), "ann", Now);
        Assert.Equal((1, 0.4m, -0.5m), (changed.Version, changed.Of("approved"), changed.Of("rejected")));
        Assert.Equal(["approved"], changed.Changed.Keys);
        Assert.Same(changed, SetWeights.Decide(changed, Request(("approved", 0.4m)), "bob", Now));
        Assert.Equal(0.5m, SetWeights.Decide(changed, Request(), "bob", Now).Of("approved"));
    }

    [Fact]
    public async Task Other_weights_count_every_score_again_and_are_said_as_a_decision()
    {
        var workspace = await fitness.WorkspaceAsync();
        var (scored, decided) = (await fitness.ListenAsync<FitnessScored>(), await fitness.ListenAsync<DecisionMade>());
        var candidates = Enumerable.Range(0, 3).Select(_ => Guid.CreateVersion7()).ToList();
        foreach (var id in candidates) await fitness.PublishAsync(Validated(workspace, id));
        await fitness.PublishAsync(External(workspace, SubjectId.Candidate(candidates[0]), "conversion_value", 800));
        await fitness.SubjectAsync(workspace, SubjectId.Candidate(candidates[0]), s => s is { SignalCount: 3, Score.Value: 1 });
        foreach (var id in candidates) await fitness.SubjectAsync(workspace, SubjectId.Candidate(id), s => s.SignalCount >= 2);

        var (status, answer) = await fitness.PutAsync($"/workspaces/{workspace}/weights",
            new { weights = new { no_syntax_error = 0.1, conversion_value = 0.7 }, reason = "ours" });
        Assert.Equal((200, 1), (status, answer.GetProperty("version").GetInt32()));
        await fitness.SubjectAsync(workspace, SubjectId.Candidate(candidates[0]), s => s is { Score.Value: 1, Sum: 1.1m, WeightsVersion: 1 });
        foreach (var id in candidates[1..]) await fitness.SubjectAsync(workspace, SubjectId.Candidate(id), s => s is { Score.Value: 0.4, WeightsVersion: 1 });
        await scored.WaitAsync(s => s.WorkspaceId == workspace && s.Score == 0.4);
        var said = await decided.WaitAsync(d => d.WorkspaceId == workspace && d.Action == "weights_changed");
        Assert.Equal(("ours", "admin"), (said.Reason, said.Actor));

        await Eventually.HoldsAsync(async () => Assert.Equal(0,
            (await fitness.GetAsync($"/workspaces/{workspace}/weights")).Body.GetProperty("outdated").GetInt32()));
        await fitness.PublishAsync(Approved(workspace, candidates[1]));
        await fitness.SubjectAsync(workspace, SubjectId.Candidate(candidates[1]), s => s.Score.Value == 0.9);
        var (_, history) = await fitness.GetAsync($"/workspaces/{workspace}/scores/{SubjectId.Candidate(candidates[1])}/history?limit=2");
        Assert.Equal(["approved", null], history.GetProperty("items").EnumerateArray().Select(i => i.GetProperty("signal").GetString()));
        Assert.Equal(-0.1, history.GetProperty("items")[1].GetProperty("weight").GetDouble());
        Assert.Equal(JsonValueKind.String, history.GetProperty("next").ValueKind);
    }

    [Fact]
    public async Task What_other_weights_would_change_is_shown_largest_first_and_changes_nothing()
    {
        var workspace = await fitness.WorkspaceAsync();
        var candidates = Enumerable.Range(0, 3).Select(_ => Guid.CreateVersion7()).ToList();
        foreach (var id in candidates) await fitness.PublishAsync(Validated(workspace, id));
        await fitness.PublishAsync(External(workspace, SubjectId.Candidate(candidates[0]), "conversion_value", 800));
        await fitness.PublishAsync(External(workspace, SubjectId.Candidate(candidates[1]), "email_bounce"));
        await fitness.SubjectAsync(workspace, SubjectId.Candidate(candidates[0]), s => s is { Score.Value: 1 });
        await fitness.SubjectAsync(workspace, SubjectId.Candidate(candidates[1]), s => s is { Score.Value: 0.2 });
        await fitness.SubjectAsync(workspace, SubjectId.Candidate(candidates[2]), s => s is { Score.Value: 0.5 });

        using var @operator = await fitness.ClientAsync(workspace, Roles.Operator);
        var (status, preview) = await fitness.SendAsync(
            HttpMethod.Post, $"/workspaces/{workspace}/weights/preview", new { weights = new { conversion_value = 0.1, email_bounce = -0.1 } }, @operator);
        Assert.Equal((200, 3, 3), (status, preview.GetProperty("looked").GetInt32(), preview.GetProperty("total").GetInt32()));
        Assert.Equal(
            [(SubjectId.Candidate(candidates[0]), 1.0, 0.6, "moderate"), (SubjectId.Candidate(candidates[1]), 0.2, 0.4, "poor")],
            preview.GetProperty("changes").EnumerateArray().Select(c => (
                c.GetProperty("subject").GetString()!, c.GetProperty("before").GetDouble(), c.GetProperty("after").GetDouble(), c.GetProperty("label_after").GetString()!)));
        Assert.Equal(0, (await fitness.GetAsync($"/workspaces/{workspace}/weights")).Body.GetProperty("version").GetInt32());
        Assert.Equal(400, (await fitness.SendAsync(HttpMethod.Post, $"/workspaces/{workspace}/weights/preview", new { weights = new { approved = 2 } })).Status);
    }

    [Fact]
    public async Task Only_an_administrator_changes_weights()
    {
        var workspace = await fitness.WorkspaceAsync();
        var path = $"/workspaces/{workspace}/weights";
        using var @operator = await fitness.ClientAsync(workspace, Roles.Operator);
        Assert.Equal(403, (await fitness.PutAsync(path, new { weights = new { approved = 0.1 } }, @operator)).Status);
        Assert.Equal(0, (await fitness.GetAsync(path, @operator)).Body.GetProperty("version").GetInt32());
        Assert.Equal(400, (await fitness.PutAsync(path, new { weights = new { approved = 2 } })).Status);
    }

    static WeightsRequest Request(params (string Name, decimal Weight)[] weights) =>
        new(weights.ToDictionary(w => w.Name, w => w.Weight, StringComparer.Ordinal));
}
