using AutoDev.SandboxRunner.Engine;
using AutoDev.Testing;

namespace AutoDev.SandboxRunner.Tests;

/// <summary>Whom a container serves, and for how long.</summary>
public sealed class PoolTests(Sandbox sandbox)
{
    const string WhoAmI = "import os\nseen = []\ndef f():\n    seen.append(1)\n    return [os.getuid(), os.getpid(), len(seen)]";

    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    static ContainerLimits Default => RunLimits.Of(null, Sandbox.Settings()).Container;

    [Fact]
    public async Task A_container_serves_one_workspace_and_is_not_given_to_another()
    {
        var (_, pool) = sandbox.PoolAndEngineWith(With(s => s.WarmContainers = 2));
        await pool.TendAsync(Cancellation);
        await Eventually.IsTrueAsync("two warm containers", () => Filled(pool, 2));

        var first = await Lease(pool, "a");
        Assert.Equal((ContainerState.Leased, "a", 1), (first.State, first.Workspace, first.Requests));
        pool.Return(first, again: true);
        Assert.Same(first, await Lease(pool, "a"));
        pool.Return(first, again: true);
        var other = await Lease(pool, "b");
        var analyser = await pool.LeaseAsync("a", Purpose.Analyse, Default, alone: false, TimeSpan.FromSeconds(1), Cancellation);

        Assert.NotSame(first, other);
        Assert.NotSame(first, analyser);
        pool.Return(analyser, again: false);
        Assert.Throws<InvalidOperationException>(() => first.Lease("b", Purpose.Run));
        pool.Return(first, again: false);
        pool.Return(other, again: false);
        Assert.Equal(ContainerState.Destroyed, await Ends(other));
        Assert.Throws<InvalidOperationException>(() => other.Lease("b", Purpose.Run));
    }

    [Fact]
    public async Task A_lease_ends_when_it_is_idle_or_has_served_enough()
    {
        var (_, pool) = sandbox.PoolAndEngineWith(With(s => (s.LeaseIdleSeconds, s.LeaseRequests, s.WarmContainers) = (0.01, 2, 0)));
        var container = await Lease(pool, "a");
        pool.Return(container, again: true);
        await Eventually.IsTrueAsync("the idle lease's end", async () =>
        {
            await pool.TendAsync(Cancellation);
            return container.State == ContainerState.Destroyed;
        });

        var busy = await Lease(pool, "a");
        pool.Return(busy, again: true);
        Assert.Same(busy, await Lease(pool, "a"));
        pool.Return(busy, again: true);
        Assert.Equal(ContainerState.Destroyed, await Ends(busy));
    }

    [Fact]
    public async Task Where_no_more_may_live_an_idle_lease_makes_room_and_a_busy_one_is_waited_for()
    {
        var (_, pool) = sandbox.PoolAndEngineWith(With(s => (s.MaxContainers, s.WarmContainers) = (1, 0)));
        var first = await Lease(pool, "a");
        pool.Return(first, again: true);
        var second = await Lease(pool, "b");
        var waiting = Lease(pool, "c");

        Assert.Equal(ContainerState.Destroyed, first.State);
        Assert.False(waiting.IsCompleted);
        pool.Return(second, again: true);
        var third = await waiting;
        Assert.Equal(("c", ContainerState.Destroyed), (third.Workspace, second.State));
        pool.Return(third, again: false);
    }

    [Fact]
    public async Task Requests_of_a_workspace_share_a_container_and_no_process()
    {
        var (engine, _) = sandbox.PoolAndEngineWith(With(s => s.WarmContainers = 0));
        var first = await Calls(engine, "a", null);
        var second = await Calls(engine, "a", null);
        var other = await Calls(engine, "b", null);

        Assert.Equal([1, 2, 3], first.Select(c => c[2]));
        Assert.Equal([1, 2, 3], second.Select(c => c[2]));
        Assert.Equal(first[0][0], second[0][0]);
        Assert.NotEqual(first[0][0], other[0][0]);
    }

    [Fact]
    public async Task Isolation_can_be_an_input_or_a_container()
    {
        var (engine, _) = sandbox.PoolAndEngineWith(With(s => s.WarmContainers = 0));
        var inputs = await Calls(engine, "a", Isolation.Input);
        var strict = await Calls(engine, "a", Isolation.Strict);
        var again = await Calls(engine, "a", Isolation.Strict);

        Assert.Equal([1, 1, 1], inputs.Select(c => c[2]));
        Assert.Equal(3, inputs.Select(c => c[1]).Distinct().Count());
        Assert.Equal([1, 2, 3], strict.Select(c => c[2]));
        Assert.Equal(3, new[] { inputs, strict, again }.Select(calls => calls[0][0]).Distinct().Count());
    }

    [Fact]
    public async Task Other_limits_are_set_on_a_container_that_is_there_and_hold()
    {
        var (engine, _) = sandbox.PoolAndEngineWith(With(s => s.WarmContainers = 0));
        const string Takes = "import os\ndef f():\n    x = bytearray(100 << 20)\n    return os.getuid()";
        var loose = Assert.Single((await sandbox.Run(Takes, engine: engine)).Results);
        var tight = Assert.Single((await sandbox.Run(Takes, limits: new() { MemoryMb = 64, Pids = 16, Cpus = 0.5 }, engine: engine)).Results);
        var looseAgain = Assert.Single((await sandbox.Run(Takes, engine: engine)).Results);

        Assert.Equal(("ok", "out_of_memory", "ok"), (loose.Ended, tight.Ended, looseAgain.Ended));
        Assert.Equal(loose.ValueJson, looseAgain.ValueJson);
    }

    [Fact]
    public async Task Two_instances_never_share_a_user_id()
    {
        void One(SandboxOptions settings) => (settings.FirstUserId, settings.UserIds, settings.WarmContainers) = (1_700_000_000 + Environment.ProcessId, 1, 0);
        var (_, mine) = sandbox.PoolAndEngineWith(With(One));
        var (_, others) = sandbox.PoolAndEngineWith(With(One));
        var only = await Lease(mine, "a");

        var refused = await Assert.ThrowsAsync<Docker.DotNet.DockerApiException>(() => Lease(others, "a"));
        Assert.Equal(System.Net.HttpStatusCode.Conflict, refused.StatusCode);
        mine.Return(only, again: false);
    }

    [Fact]
    public async Task A_container_that_vanished_is_replaced()
    {
        var (engine, pool) = sandbox.PoolAndEngineWith(With(s => s.WarmContainers = 0));
        await Calls(engine, "a", null);
        var (_, idle, _) = pool.Count();
        Assert.Equal(1, idle);
        var there = Assert.Single(await sandbox.Docker.Containers.ListContainersAsync(
            SandboxPool.ListOf($"{HardenedContainer.InstanceLabel}={pool.Instance}", all: true), Cancellation));
        await sandbox.Docker.Containers.RemoveContainerAsync(there.ID, new() { Force = true }, Cancellation);

        Assert.Equal([1, 2, 3], (await Calls(engine, "a", null)).Select(c => c[2]));
    }

    [Fact]
    public async Task Reports_are_told_as_they_come()
    {
        var told = new List<string>();
        var job = Sandbox.Job("def f(n): return n", """{"n":1}""", """{"n":2}""");
        var outcome = await sandbox.Engine.RunAsync(job, new Heard(told), Cancellation);

        Assert.Equal(["analysis", "load", "call", "call"], told);
        Assert.Equal(2, outcome.Calls.Count);
    }

    [Fact]
    public async Task The_image_s_analysers_read_a_source_that_is_never_run()
    {
        ToolJob Tool(string name, string source) => new("a", name, source, "f", RunLimits.Of(null, Sandbox.Settings()));
        var shape = await sandbox.Engine.AnalyseAsync(Tool("shape", "import os\nos._exit(1)\ndef f(x): pass"), Cancellation);
        var again = await sandbox.Engine.AnalyseAsync(Tool("shape", "def f(:"), Cancellation);
        var bomb = await sandbox.Engine.AnalyseAsync(Tool("shape", new string('(', 5000)), Cancellation);
        var unknown = await sandbox.Engine.AnalyseAsync(Tool("no_such", "def f(): pass"), Cancellation);

        Assert.Contains("\"parameters\": [\"x\"]", System.Text.Encoding.UTF8.GetString(shape.Json!.Value.Span));
        Assert.StartsWith("line 1: ", again.SyntaxError);
        Assert.NotNull(bomb.SyntaxError);
        Assert.Equal("it ended without an answer (no_such_tool)", unknown.Failed);
    }

    static SandboxOptions With(Action<SandboxOptions> change)
    {
        var settings = Sandbox.Settings();
        change(settings);
        return settings;
    }

    static Task<SandboxContainer> Lease(SandboxPool pool, string workspace) =>
        pool.LeaseAsync(workspace, Purpose.Run, Default, alone: false, TimeSpan.FromSeconds(1), Cancellation);

    static async Task<bool> Filled(SandboxPool pool, int warm)
    {
        await pool.TendAsync(Cancellation);
        return pool.Count().Warm == warm;
    }

    static async Task<ContainerState> Ends(SandboxContainer container)
    {
        await Eventually.IsTrueAsync("its end", () => Task.FromResult(container.State == ContainerState.Destroyed));
        return container.State;
    }

    async Task<int[][]> Calls(ISandboxEngine engine, string workspace, Isolation? isolation)
    {
        var answer = await sandbox.Run(WhoAmI, ["{}", "{}", "{}"], isolation: isolation, engine: engine, workspace: workspace);
        Assert.Equal("completed", answer.Status);
        return [.. answer.Results.Select(r => System.Text.Json.JsonSerializer.Deserialize<int[]>(r.ValueJson!)!)];
    }

    sealed class Heard(List<string> told) : IProgress<Report>
    {
        public void Report(Report value) => told.Add(value.Kind);
    }
}
