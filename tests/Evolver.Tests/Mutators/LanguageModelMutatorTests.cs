using System.Text.Json;
using AutoDev.Contracts.Governance;
using AutoDev.Evolver.Mutators;
using AutoDev.Testing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace AutoDev.Evolver.Tests.Mutators;

/// <summary>A workspace's language model as a mutator, with a provider's stand-in on this machine.</summary>
[Collection(RunningEvolver.Name)]
public sealed class LanguageModelMutatorTests(EvolverFixture evolver)
{
    const string Faster = "def find(items: list, wanted: str) -> bool:\n    return wanted in items\n";

    IMutator Mutator => evolver.Services.GetServices<IMutator>().Single(m => m.Word == "language_model");

    [Fact]
    public async Task What_cannot_be_used_is_asked_for_once_more_with_the_reason_and_every_call_is_paid_for()
    {
        await using var standIn = await StandInModel.StartAsync("openai", Edits(("nowhere", "x")), Edits(
            ("    for item in items:\n        if item == wanted:\n            return True\n    return False", "    return wanted in items")));
        var (workspace, settings) = await WorkspaceAsync(standIn);
        var spent = await evolver.ListenAsync<ModelSpent>();
        var request = MutationPromptTests.Request() with { WorkspaceId = workspace, Settings = settings };
        var proposals = await Mutator.ProposeAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(Faster, Assert.Single(proposals.Found).Source);
        Assert.Equal((3000L, "stand-in-1: Less work."), (proposals.Tokens, proposals.Note));
        Assert.Contains("Your last answer could not be used. The text that edit 1 searches for is not in the source.", standIn.Requests[1].User, StringComparison.Ordinal);
        Assert.StartsWith(MutationPrompt.Rules, standIn.Requests[0].System, StringComparison.Ordinal);
        Assert.Empty(standIn.Violations);
        await spent.CountAsync(2, s => s.WorkspaceId == workspace);
        Assert.All(spent.Messages.Where(s => s.WorkspaceId == workspace), s => Assert.Equal($"experiment:{request.ExperimentId}", s.Subject));
    }

    [Fact]
    public async Task Beyond_the_days_cap_nothing_is_asked_and_the_note_says_why()
    {
        await using var standIn = await StandInModel.StartAsync("anthropic", Edits(("for", "while")));
        var (workspace, settings) = await WorkspaceAsync(standIn, cap: 0.001m);
        var refusals = await evolver.ListenAsync<GateRefused>();
        var proposals = await Mutator.ProposeAsync(MutationPromptTests.Request() with { WorkspaceId = workspace, Settings = settings }, TestContext.Current.CancellationToken);
        Assert.Empty(proposals.Found);
        Assert.Contains("spend", proposals.Note, StringComparison.Ordinal);
        Assert.Equal("alpha_evolver", (await refusals.WaitAsync(r => r.WorkspaceId == workspace)).Capability);
        Assert.Empty(standIn.Requests);
    }

    [Fact]
    public void Without_a_model_in_the_settings_it_is_not_asked() => Assert.False(Mutator.CanPropose(new()));

    static StandInModel.Answer Edits(params (string Search, string Replace)[] edits) => StandInModel.Says(JsonSerializer.Serialize(new
    {
        source = "", edits = edits.Select(e => new { search = e.Search, replace = e.Replace }), description = "Less work.",
    }));

    async Task<(string Workspace, WorkspaceSettings Settings)> WorkspaceAsync(StandInModel standIn, decimal cap = 5)
    {
        WorkspaceSettings settings = new()
        {
            Enabled = true, ModelProvider = standIn.Setting, MaxModelSpendPerDay = cap,
            ModelPrices = new Dictionary<string, ModelPrice>(StringComparer.Ordinal) { [StandInModel.Name] = new() { InputPerMillion = 1, OutputPerMillion = 2 } },
        };
        var workspace = await evolver.WorkspaceAsync(settings, Maturity.Supervised);
        return (workspace, settings);
    }
}
