using AutoDev.Contracts.Fitness;
using AutoDev.Fitness.Scores;
using Xunit;
using static AutoDev.Fitness.Tests.FitnessFixture;

namespace AutoDev.Fitness.Tests;

[Collection(RunningFitness.Name)]
public sealed class ScoreRoutesTests(FitnessFixture fitness)
{
    [Fact]
    public async Task A_score_is_shown_with_its_parts_their_reasons_and_its_history()
    {
        var (workspace, id) = (await fitness.WorkspaceAsync(), Guid.CreateVersion7());
        await fitness.PublishAsync(Validated(workspace, id));
        await fitness.SubjectAsync(workspace, SubjectId.Candidate(id), s => s.SignalCount == 2);
        await fitness.PublishAsync(Approved(workspace, id));
        await fitness.SubjectAsync(workspace, SubjectId.Candidate(id), s => s.SignalCount == 3);

        var (status, score) = await fitness.GetAsync($"/workspaces/{workspace}/scores/candidate:{id.ToString().ToUpperInvariant()}");
        Assert.Equal(200, status);
        Assert.Equal([0.2, 0.3, 0.5], score.GetProperty("parts").EnumerateArray().Select(p => p.GetProperty("weight").GetDouble()));
        Assert.Equal("A person approved it (ann: fine)", score.GetProperty("parts")[2].GetProperty("reason").GetString());
        Assert.Equal([0.2, 0.5, 1.0], score.GetProperty("history").EnumerateArray().Select(h => h.GetProperty("score").GetDouble()));
    }

    [Fact]
    public async Task The_list_has_every_score_once_over_its_pages_and_keeps_to_its_filters()
    {
        var workspace = await fitness.WorkspaceAsync();
        var candidates = Enumerable.Range(0, 7).Select(_ => Guid.CreateVersion7()).ToList();
        foreach (var id in candidates) await fitness.PublishAsync(Validated(workspace, id));
        await fitness.PublishAsync(Published(workspace, candidates[0]));
        await fitness.SubjectAsync(workspace, "skill:extract@1.0.0", s => s.SignalCount == 2);
        foreach (var id in candidates) await fitness.SubjectAsync(workspace, SubjectId.Candidate(id), s => s.SignalCount == 2);

        var seen = new List<string>();
        var next = "";
        do
        {
            var (status, page) = await fitness.GetAsync($"/workspaces/{workspace}/scores?limit=3{next}");
            Assert.Equal(200, status);
            seen.AddRange(page.GetProperty("items").EnumerateArray().Select(i => i.GetProperty("subject").GetString()!));
            next = page.GetProperty("next").GetString() is { } cursor ? $"&cursor={cursor}" : null;
        }
        while (next is not null);

        Assert.Equal(candidates.Select(SubjectId.Candidate).Append("skill:extract@1.0.0").Order(), seen.Order());
        Assert.Equal(1, await CountAsync($"/workspaces/{workspace}/scores?kind=skill&label=moderate&status=pending"));
        Assert.Equal(0, await CountAsync($"/workspaces/{workspace}/scores?label=good"));
        Assert.Equal(400, (await fitness.GetAsync($"/workspaces/{workspace}/scores?status=done")).Status);
        Assert.Equal(404, (await fitness.GetAsync("/workspaces/nowhere/scores")).Status);
    }

    [Fact]
    public async Task Somebody_can_ask_for_the_evaluation_and_it_is_said()
    {
        var (workspace, id) = (await fitness.WorkspaceAsync(), Guid.CreateVersion7());
        var said = await fitness.ListenAsync<FitnessScored>();
        await fitness.PublishAsync(Validated(workspace, id));
        await said.WaitAsync(s => s.WorkspaceId == workspace && s.Status == "pending");

        var path = $"/workspaces/{workspace}/scores/{SubjectId.Candidate(id)}/evaluate";
        var (status, score) = await fitness.PostAsync(path, new { });
        Assert.Equal((200, "evaluated", "admin"), (status, score.GetProperty("status").GetString(), score.GetProperty("evaluation_requested_by").GetString()));
        Assert.Equal(0.5, (await said.WaitAsync(s => s.WorkspaceId == workspace && s.Status == "evaluated")).Score);
        Assert.Equal(200, (await fitness.PostAsync(path, new { })).Status);
    }

    [Fact]
    public async Task What_nobody_spoke_of_has_no_score_to_evaluate()
    {
        var workspace = await fitness.WorkspaceAsync();
        Assert.Equal(404, (await fitness.PostAsync($"/workspaces/{workspace}/scores/skill:extract@1.0.0/evaluate", new { })).Status);
        await fitness.PostAsync($"/workspaces/{workspace}/signals", new { signal_id = "a", subject = "skill:extract@1.0.0", signal = "invoice_created" });
        await fitness.SubjectAsync(workspace, "skill:extract@1.0.0", s => s.Status == "waiting");
        Assert.Equal(409, (await fitness.PostAsync($"/workspaces/{workspace}/scores/skill:extract@1.0.0/evaluate", new { })).Status);
        Assert.Equal(404, (await fitness.GetAsync($"/workspaces/{workspace}/scores/nonsense")).Status);
    }

    async Task<int> CountAsync(string path) => (await fitness.GetAsync(path)).Body.GetProperty("items").GetArrayLength();
}
