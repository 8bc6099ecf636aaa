using System.Net.Http.Json;
using System.Text.Json;
using AutoDev.Contracts.Governance;
using AutoDev.Gating;
using AutoDev.Gating.Spend;
using AutoDev.Testing;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace AutoDev.Memento.Tests;

/// <summary>The ledger of what language models cost, on a real database; the calls themselves are the test's.</summary>
public sealed class SpendTests(MementoFixture memento) : IClassFixture<MementoFixture>
{
    ModelMeter Meter => memento.Services.GetRequiredService<ModelMeter>();

    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Of_a_hundred_calls_at_once_only_those_begin_that_cannot_exceed_the_cap()
    {
        var workspace = await WorkspaceAsync(cap: 5);
        var spent = await memento.ListenAsync<ModelSpent>();
        var refused = await memento.ListenAsync<GateRefused>();
        var begun = 0;
        var allMayEnd = new TaskCompletionSource();
        var calls = Enumerable.Range(0, 100).Select(_ => Meter.AskAsync(workspace, Call(1_000_000), async _ =>
        {
            Interlocked.Increment(ref begun);
            await allMayEnd.Task;
            return ("text", new TokenUsage(400_000, 0));
        }, Cancellation)).ToList();

        await Eventually.IsTrueAsync("95 refusals", () => Task.FromResult(calls.Count(c => c.IsCompleted) == 95));
        Assert.Equal(5, begun);
        Assert.Equal((0m, 5m, 0m), await MoneyAsync(workspace));
        allMayEnd.SetResult();
        var answers = await Task.WhenAll(calls);
        Assert.Equal(5, answers.Count(a => a is { Decision.IsAllowed: true, Answer: "text" }));
        Assert.All(answers.Where(a => !a.Decision.IsAllowed), a => Assert.Equal("spend_cap_exceeded", a.Decision.Reason));

        // What was less than feared is free again.
        Assert.Equal((2m, 0m, 3m), await MoneyAsync(workspace));
        await Eventually.IsTrueAsync("five calls to be said", () =>
            Task.FromResult(spent.Messages.Count(m => m.WorkspaceId == workspace && m.Cost == 0.4m) == 5));
        await Eventually.IsTrueAsync("each refusal to be said", () => Task.FromResult(refused.Messages.Count(m => m.WorkspaceId == workspace) == 95));
        Assert.True((await AskAsync(workspace, Call(3_000_000), new(1, 0))).IsAllowed);
        Assert.Equal("spend_cap_exceeded", (await AskAsync(workspace, Call(3_000_000), new(1, 0))).Reason);
    }

    [Fact]
    public async Task A_call_that_breaks_off_counts_as_the_most_it_can_have_cost_and_one_that_was_refused_as_nothing()
    {
        var workspace = await WorkspaceAsync(cap: 5);
        var spent = await memento.ListenAsync<ModelSpent>();

        await Assert.ThrowsAsync<TimeoutException>(
            () => Meter.AskAsync<string>(workspace, Call(1_000_000, output: 500_000), _ => throw new TimeoutException(), Cancellation));
        Assert.Equal((2m, 0m, 3m), await MoneyAsync(workspace));
        Assert.True((await spent.WaitAsync(m => m.WorkspaceId == workspace)).IsEstimate);

        await Assert.ThrowsAsync<HttpRequestException>(() => Meter.AskAsync<string>(
            workspace, Call(1_000_000), _ => throw new HttpRequestException("busy", null, System.Net.HttpStatusCode.TooManyRequests), Cancellation));
        Assert.Equal((2m, 0m, 3m), await MoneyAsync(workspace));
    }

    [Fact]
    public async Task A_call_whose_service_crashed_stays_reserved_and_a_repeated_reservation_or_settlement_counts_once()
    {
        var workspace = await WorkspaceAsync(cap: 5);
        var call = Call(1_000_000);
        await ReserveAsync(workspace, call);
        await ReserveAsync(workspace, call);
        Assert.Equal((0m, 1m, 4m), await MoneyAsync(workspace));

        await Task.WhenAll(SettleAsync(workspace, call), SettleAsync(workspace, call));
        Assert.Equal((0.25m, 0m, 4.75m), await MoneyAsync(workspace));
        await Assert.ThrowsAsync<InvalidOperationException>(() => SettleAsync(workspace, Call(1)));
    }

    [Fact]
    public async Task A_model_without_a_price_is_not_called_and_a_model_of_ones_own_costs_nothing()
    {
        var workspace = await WorkspaceAsync(cap: 0);
        Assert.Equal("model_price_unknown", (await AskAsync(workspace, Call(1) with { Model = "new" }, new(1, 1))).Reason);
        Assert.Equal("spend_cap_exceeded", (await AskAsync(workspace, Call(1), new(1, 1))).Reason);
        Assert.True((await AskAsync(workspace, Call(50_000_000) with { Model = "own" }, new(50_000_000, 1))).IsAllowed);
    }

    [Fact]
    public async Task What_another_service_spends_counts_against_the_same_cap_and_ones_own_is_not_counted_twice()
    {
        var workspace = await WorkspaceAsync(cap: 5);
        var spent = await memento.ListenAsync<ModelSpent>();
        Assert.True((await AskAsync(workspace, Call(1_000_000), new(1_000_000, 0))).IsAllowed);
        var own = await spent.WaitAsync(m => m.WorkspaceId == workspace);

        await memento.PublishTwiceAsync(own with { SpendId = Guid.NewGuid(), Subject = "mutation:1", Cost = 3 });
        await Eventually.IsTrueAsync("the other's spending", async () => (await MoneyAsync(workspace)).Remaining == 1m);
        Assert.Equal((1m, 0m, 1m), await MoneyAsync(workspace));
        Assert.Equal("spend_cap_exceeded", (await AskAsync(workspace, Call(1_000_001), new(1, 0))).Reason);
        Assert.True((await AskAsync(workspace, Call(1_000_000), new(1, 0))).IsAllowed);
    }

    /// <summary>One unit of money for a million tokens read, two for a million written.</summary>
    async Task<string> WorkspaceAsync(decimal cap)
    {
        await OneDay.BeginAsync();
        var workspace = await memento.WorkspaceAsync();
        await memento.PublishAsync(new WorkspaceSettingsChanged
        {
            WorkspaceId = workspace, Version = 2, ChangedBy = "test", ChangedAt = DateTimeOffset.UtcNow,
            Settings = new()
            {
                Enabled = true, MaxModelSpendPerDay = cap,
                ModelPrices = new Dictionary<string, ModelPrice>
                {
                    ["large"] = new() { InputPerMillion = 1, OutputPerMillion = 2 }, ["own"] = new() { InputPerMillion = 0, OutputPerMillion = 0 },
                },
            },
        });
        await Eventually.IsTrueAsync("the prices to be known", () =>
            memento.InStoreAsync(workspace, async s => (await s.SettingsAsync(default))!.ModelPrices is not null));
        return workspace;
    }

    static ModelCall Call(long input, long output = 0) =>
        new(Guid.NewGuid(), Capability.MementoSkills, MementoFixture.Agent, $"candidate:{Guid.NewGuid()}", "large", input, output);

    async Task<GateDecision> AskAsync(string workspace, ModelCall call, TokenUsage usage) =>
        (await Meter.AskAsync(workspace, call, _ => Task.FromResult<(string, TokenUsage?)>(("text", usage)), Cancellation)).Decision;

    Task<bool> ReserveAsync(string workspace, ModelCall call) => memento.InStoreAsync(workspace, async session =>
    {
        var decision = await SpendLedger.ReserveAsync(session, call, await session.SettingsAsync(Cancellation), DateTimeOffset.UtcNow, Cancellation);
        await session.SaveChangesAsync(Cancellation);
        return decision.IsAllowed;
    });

    async Task SettleAsync(string workspace, ModelCall call)
    {
        await using var scope = memento.Services.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<ServiceDefaults.Persistence.Workspace>().Id = workspace;
        var session = scope.ServiceProvider.GetRequiredService<Marten.IDocumentSession>();
        await SpendLedger.SettleAsync(session, scope.ServiceProvider.GetRequiredService<IPublishEndpoint>(), call.Id, new(250_000, 0), DateTimeOffset.UtcNow,
            Cancellation);
        await session.SaveChangesAsync(Cancellation);
    }

    async Task<(decimal Spent, decimal Reserved, decimal Remaining)> MoneyAsync(string workspace)
    {
        var spend = (await memento.Admin.GetFromJsonAsync<JsonElement>(new Uri($"/workspaces/{workspace}/usage", UriKind.Relative), Cancellation))
            .GetProperty("spend");
        return (spend.GetProperty("spent").GetDecimal(), spend.GetProperty("reserved").GetDecimal(), spend.GetProperty("remaining").GetDecimal());
    }
}
