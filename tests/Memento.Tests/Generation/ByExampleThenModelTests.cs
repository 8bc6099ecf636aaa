using System.Net.Http.Json;
using System.Text.Json;
using AutoDev.Contracts.Governance;
using AutoDev.Contracts.Memento;
using AutoDev.Contracts.SandboxRunner;
using AutoDev.Memento.Candidates;
using AutoDev.Testing;
using Xunit;

namespace AutoDev.Memento.Tests.Generation;

/// <summary>Who writes when, with the test in the sandbox's place.</summary>
public sealed class ByExampleThenModelTests(MementoFixture memento) : IClassFixture<MementoFixture>
{
    const string Other = "def extract_invoice_id(email: str) -> str:\n    \"\"\"Another way.\"\"\"\n    return email\n";

    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_the_search_finds_costs_nothing_and_what_a_person_did_not_want_of_it_the_model_writes()
    {
        await using var model = await StandInModel.StartAsync("gemini", StandInModel.Writes(Other));
        var workspace = await WorkspaceAsync(model.Setting);
        var runs = await memento.ListenAsync<RunInSandbox>();
        var id = await memento.ValidatedAsync(workspace);
        Assert.Empty(model.Requests);

        var candidate = $"/workspaces/{workspace}/candidates/{id}";
        Assert.True((await memento.Admin.PostAsJsonAsync(Path($"{candidate}/reject"), new { reason = "It must find credit notes too." }, Cancellation)).IsSuccessStatusCode);
        Assert.True((await memento.Admin.PostAsync(Path($"{candidate}/regenerate"), null, Cancellation)).IsSuccessStatusCode);

        var run = await runs.WaitAsync(r => r.SubjectId == CandidateId.SuccessorOf(id));
        Assert.Equal(Other, run.Source);
        Assert.Contains("\"reviewer_said\":\"It must find credit notes too.\"", Assert.Single(model.Requests).User, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_search_that_finds_the_same_again_says_that_it_cannot_follow_the_reviewer()
    {
        var workspace = await memento.WorkspaceAsync();
        var runs = await memento.ListenAsync<RunInSandbox>();
        var id = await memento.ValidatedAsync(workspace);
        var candidate = $"/workspaces/{workspace}/candidates/{id}";
        Assert.True((await memento.Admin.PostAsJsonAsync(Path($"{candidate}/reject"), new { reason = "It must find credit notes too." }, Cancellation)).IsSuccessStatusCode);
        Assert.True((await memento.Admin.PostAsync(Path($"{candidate}/regenerate"), null, Cancellation)).IsSuccessStatusCode);

        await runs.WaitAsync(r => r.SubjectId == CandidateId.SuccessorOf(id));
        var successor = await memento.Admin.GetFromJsonAsync<JsonElement>(Path($"/workspaces/{workspace}/candidates/{CandidateId.SuccessorOf(id)}"), Cancellation);
        Assert.Contains("the same program as before", successor.GetProperty("code").GetProperty("notice").GetString(), StringComparison.Ordinal);
        var predecessor = Assert.Single(successor.GetProperty("predecessors").EnumerateArray());
        Assert.Equal((id, "rejected", "It must find credit notes too."),
            (predecessor.GetProperty("id").GetGuid(), predecessor.GetProperty("status").GetString(), predecessor.GetProperty("reason").GetString()));
    }

    [Fact]
    public async Task A_refutation_said_twice_is_one_more_try_in_a_run_of_its_own()
    {
        await using var model = await StandInModel.StartAsync("deepseek", StandInModel.Writes(Other));
        var workspace = await WorkspaceAsync(model.Setting);
        var runs = await memento.ListenAsync<RunInSandbox>();
        var validated = await memento.ListenAsync<SkillCandidateValidated>();
        var pattern = MementoFixture.Pattern(workspace, expected: _ => null);
        await memento.PublishAsync(pattern);
        var first = await runs.WaitAsync(r => r.WorkspaceId == workspace);
        await memento.PublishTwiceAsync(MementoFixture.Answer(first, _ => new() { Ended = "timeout" }));

        var second = await runs.WaitAsync(r => r.WorkspaceId == workspace && r.RunId != first.RunId);
        await memento.PublishAsync(MementoFixture.Answer(first, _ => new() { Ended = "timeout" }));
        await memento.PublishAsync(MementoFixture.Answer(second));
        await validated.WaitAsync(v => v.CandidateId == first.SubjectId);
        Assert.Equal(2, model.Requests.Count);
        Assert.Equal(2, runs.Messages.Count(r => r.WorkspaceId == workspace));
    }

    async Task<string> WorkspaceAsync(ModelProvider model)
    {
        var workspace = await memento.WorkspaceAsync();
        await memento.ChangeAsync(workspace, new()
        {
            Enabled = true, ModelProvider = model, ModelPrices = new Dictionary<string, ModelPrice> { [StandInModel.Name] = new() { InputPerMillion = 0, OutputPerMillion = 0 } },
        });
        return workspace;
    }

    static Uri Path(string path) => new(path, UriKind.Relative);
}
