using System.Security.Claims;
using AutoDev.OperatorConsole.Backends;
using Microsoft.AspNetCore.Components.Authorization;
using Xunit;

namespace AutoDev.OperatorConsole.Tests.Backends;

public sealed class ServiceClientTests : IAsyncLifetime
{
    readonly PlayedServices _services = new();
    HttpClient _http = null!;

    public async ValueTask InitializeAsync()
    {
        await _services.StartAsync();
        _http = new HttpClient { BaseAddress = new Uri(_services.Address) };
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _services.DisposeAsync();
    }

    [Fact]
    public async Task A_decision_on_a_skill_names_what_was_seen_and_what_is_wrong_comes_back_in_words()
    {
        var answer = await new SkillsClient(_http, new Anybody()).PinAsync("w", "a skill", "1.0.0", null, "proven", "\"7\"", TestContext.Current.CancellationToken);
        Assert.Equal(["POST skills/a skill/pin {\"version\":\"1.0.0\",\"agent\":null,\"reason\":\"proven\"} \"7\""], _services.Asked);
        Assert.Equal((404, "Not found"), (answer.Trouble?.Status, answer.Trouble?.Title));
    }

    [Fact]
    public async Task A_mutation_that_has_changed_since_is_not_approved()
    {
        var played = _services.Fill("w");
        var evolver = new EvolverClient(_http, new Anybody());
        var seen = await evolver.MutationAsync("w", played.MutationId, TestContext.Current.CancellationToken);
        played.Decide(approved: false);
        var answer = await evolver.ApproveAsync("w", played.MutationId, seen.ETag!, null, TestContext.Current.CancellationToken);
        Assert.True(answer.Trouble is { IsChangedMeanwhile: true });
        Assert.True(seen.Value is { WaitsForAPerson: true, Timing.Rounds: 6, ByInput.Count: 2 });
    }

    [Fact]
    public async Task A_workspace_that_has_nothing_answers_with_empty_lists()
    {
        var reflection = new ReflectionClient(_http, new Anybody());
        Assert.Empty((await reflection.EpisodesAsync("empty", new(Query: "a & b"), TestContext.Current.CancellationToken)).Value!.Items);
        Assert.Empty((await reflection.PatternsAsync("empty", null, null, null, TestContext.Current.CancellationToken)).Value!.Items);
    }

    sealed class Anybody : AuthenticationStateProvider
    {
        public override Task<AuthenticationState> GetAuthenticationStateAsync() => Task.FromResult(new AuthenticationState(new ClaimsPrincipal()));
    }
}
