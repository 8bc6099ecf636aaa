using AutoDev.SandboxRunner.Engine;
using AutoDev.SandboxRunner.Queue;
using AutoDev.SandboxRunner.Runs;
using Marten;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;

namespace AutoDev.SandboxRunner.Tests;

/// <summary>Whose turn it is, on the real database. The service of this fixture has no engine, so that nobody else takes what waits.</summary>
public sealed class QueueTests(IdleSandboxRunner service) : IClassFixture<IdleSandboxRunner>
{
    const int Me = 1;

    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    RequestQueue Queue => service.Services.GetRequiredService<RequestQueue>();

    [Fact]
    public async Task A_thousand_requests_of_one_workspace_delay_anothers_by_one()
    {
        await Clear();
        await Enqueue([.. Enumerable.Repeat("many", 1000)]);
        Assert.Equal("many", await Claim(last: ""));
        await Enqueue("one");

        Assert.Equal("one", await Claim(last: "many"));
        Assert.Equal("many", await Claim(last: "one"));
    }

    [Fact]
    public async Task Workspaces_take_turns_and_each_goes_in_order()
    {
        await Clear();
        await Enqueue("a", "a", "a", "b", "b", "c");
        List<string> order = [];
        List<long> numbers = [];
        while (await Queue.ClaimAsync(Me, order.LastOrDefault() ?? "", Cancellation) is { } next)
        {
            order.Add(next.WorkspaceId);
            numbers.Add(next.Number);
            await Answer(next);
        }

        Assert.Equal(["a", "b", "c", "a", "b", "a"], order);
        Assert.All(new[] { "a", "b" }, workspace => Assert.Equal(Numbers(workspace).Order(), Numbers(workspace)));

        IEnumerable<long> Numbers(string workspace) => numbers.Where((_, i) => order[i] == workspace);
    }

    [Fact]
    public async Task A_workspace_with_slow_runs_does_not_take_the_others_slots()
    {
        await Clear();
        await Enqueue("slow", "slow", "slow", "quick", "quick");
        Assert.Equal("slow", (await Queue.ClaimAsync(Me, "quick", Cancellation))!.WorkspaceId);
        for (var i = 0; i < 2; i++)
        {
            var next = await Queue.ClaimAsync(Me, "quick", Cancellation);
            Assert.Equal("quick", next!.WorkspaceId);
            await Answer(next);
        }

        Assert.Equal("slow", await Claim("quick"));
    }

    [Fact]
    public async Task Instances_that_claim_at_once_never_get_the_same()
    {
        await Clear();
        await Enqueue([.. Enumerable.Range(0, 60).Select(i => $"w{i % 7}")]);

        var claimed = await Task.WhenAll(Enumerable.Range(1, 6).Select(async owner =>
        {
            List<long> mine = [];
            while (mine.Count < 60)
            {
                if (await Queue.ClaimAsync(owner, "", Cancellation) is { } next) mine.Add(next.Number);
                else if (!await Queue.IsWaitingAsync(Cancellation)) break;
            }

            return mine;
        }));

        Assert.Equal(60, claimed.SelectMany(numbers => numbers).Distinct().Count());
        Assert.Equal(60, claimed.Sum(numbers => numbers.Count));
    }

    [Fact]
    public async Task The_place_is_that_of_a_round_in_which_every_workspace_has_one_turn()
    {
        await Clear();
        await Enqueue("a", "a", "a", "b", "b", "c");

        Assert.Equal([1, 4, 6], await Places("a"));
        Assert.Equal([2, 5], await Places("b"));
        Assert.Equal([3], await Places("c"));
        await Claim(last: "");
        Assert.Equal([1L, 4], (await Places("a")).Where(p => p is not null));
    }

    [Fact]
    public async Task What_an_instance_that_is_gone_was_running_is_free_again_and_what_a_living_one_runs_is_not()
    {
        await Clear();
        var living = service.Services.GetRequiredService<InstancePresence>();
        await living.IsHeldAsync(Cancellation);
        await Enqueue("a", "b");
        var lost = await Queue.ClaimAsync(int.MaxValue, "", Cancellation);
        var kept = await Queue.ClaimAsync(living.Key, lost!.WorkspaceId, Cancellation);

        Assert.Equal(1, await Queue.FreeLostAsync(Cancellation));

        var again = await Queue.ClaimAsync(living.Key, "", Cancellation);
        Assert.Equal((lost.Number, 1), (again!.Number, again.Losses));
        Assert.NotEqual(kept!.Number, again.Number);
        Assert.Null(await Queue.ClaimAsync(living.Key, "", Cancellation));
    }

    [Fact]
    public async Task What_an_instance_owns_and_does_not_run_is_free_again_and_what_it_has_just_claimed_is_not()
    {
        await Clear();
        await Enqueue("a", "b", "c");
        var forgotten = await Queue.ClaimAsync(Me, "", Cancellation);
        var running = await Queue.ClaimAsync(Me, "a", Cancellation);
        await service.InStoreAsync("any", async session =>
        {
            session.QueueSqlCommand($"update public.{QueueTable.Name} set started_at = now() - interval '1 minute' where owner is not null");
            await session.SaveChangesAsync(Cancellation);
            return true;
        });
        await Queue.ClaimAsync(Me, "b", Cancellation);

        Assert.Equal(1, await Queue.FreeForgottenAsync(Me, [running!.Number], Cancellation));
        Assert.Equal(forgotten!.Number, (await Queue.ClaimAsync(Me, "", Cancellation))!.Number);
    }

    [Fact]
    public async Task What_the_engine_refused_waits_for_its_pause_and_lets_others_go_first()
    {
        await Clear();
        await Enqueue("a", "a");
        var refused = await Queue.ClaimAsync(Me, "", Cancellation);
        await Queue.RefuseAsync(refused!.Number, Me, TimeSpan.FromHours(1));

        var next = await Queue.ClaimAsync(Me, "", Cancellation);

        Assert.NotEqual(refused.Number, next!.Number);
        Assert.Null(await Queue.ClaimAsync(Me, "", Cancellation));
        Assert.False(await Queue.IsWaitingAsync(Cancellation));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 2)]
    [InlineData(3, 8)]
    [InlineData(5, 30)]
    [InlineData(1000, 30)]
    public void Each_pause_is_twice_as_long_up_to_half_a_minute(int refusals, double seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), RequestRunner.PauseAfter(refusals, new SandboxOptions()));

    async Task Enqueue(params string[] workspaces)
    {
        await using var session = service.Services.GetRequiredService<IDocumentStore>().LightweightSession("any");
        foreach (var workspace in workspaces)
            Queue.Enqueue(session, RunKind.Queued(ServiceTests.Request("def f(): pass", "{}") with { WorkspaceId = workspace }, conversation: null));
        await session.SaveChangesAsync(Cancellation);
    }

    /// <summary>Claims and leaves it running nowhere, as if it were over: the next claim sees no workspace busy.</summary>
    async Task<string> Claim(string last)
    {
        var claimed = await Queue.ClaimAsync(Me, last, Cancellation);
        await Answer(claimed!);
        return claimed!.WorkspaceId;
    }

    async Task Answer(QueuedRequest request)
    {
        await using var session = service.Services.GetRequiredService<IDocumentStore>().LightweightSession(request.WorkspaceId);
        Queue.Remove(session, request.Number);
        await session.SaveChangesAsync(Cancellation);
    }

    async Task<List<long?>> Places(string workspace)
    {
        List<long?> places = [];
        foreach (var id in await Ids(workspace)) places.Add((await Queue.FindAsync(RunKind.Key(workspace, id), Cancellation))!.Position);
        return places;
    }

    Task<IReadOnlyList<Guid>> Ids(string workspace) => service.InStoreAsync(workspace, session =>
        session.AdvancedSql.QueryAsync<Guid>($"select id from public.{QueueTable.Name} where workspace = ? order by number", Cancellation, workspace));

    async Task Clear()
    {
        await using var session = service.Services.GetRequiredService<IDocumentStore>().LightweightSession("any");
        session.QueueSqlCommand($"delete from public.{QueueTable.Name}");
        await session.SaveChangesAsync(Cancellation);
    }
}

/// <summary>Has no engine, and nobody but the test looks after the queue.</summary>
public sealed class IdleSandboxRunner : SandboxRunnerWithoutEngine
{
    protected override void Configure(IWebHostBuilder host)
    {
        base.Configure(host);
        host.ConfigureTestServices(services => services.Remove(services.Single(s => s.ImplementationType == typeof(QueueUpkeep))));
    }
}
