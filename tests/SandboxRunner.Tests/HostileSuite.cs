using AutoDev.Contracts.SandboxRunner;
using AutoDev.SandboxRunner.Engine;

namespace AutoDev.SandboxRunner.Tests;

/// <summary>Every snippet against the real engine. After each the same container serves its workspace right, and another workspace has felt nothing.</summary>
public class HostileSuite(Sandbox sandbox, HostileSuite.Runc attacked) : IClassFixture<HostileSuite.Runc>
{
    public static TheoryData<string> Snippets => [.. HostileSnippets.All.Select(s => new TheoryDataRow<string>(s.Name) { TestDisplayName = s.Name })];

    public static TheoryData<string> Unloadable => [.. HostileSnippets.Unloadable.Select(s => new TheoryDataRow<string>(s.Name) { TestDisplayName = s.Name })];

    [Theory]
    [MemberData(nameof(Snippets))]
    public Task Is_contained(string name) => attacked.AttackAsync(sandbox, HostileSnippets.All.Single(s => s.Name == name));

    [Theory]
    [MemberData(nameof(Unloadable))]
    public async Task Does_not_load(string name)
    {
        var (_, source, syntaxError) = HostileSnippets.Unloadable.Single(s => s.Name == name);
        await attacked.BothServeAsync(sandbox);
        var answer = await sandbox.Run(source, limits: new() { TimeoutSeconds = 2, MemoryMb = 64 }, engine: attacked.Engine, workspace: "attacker");

        Assert.Equal(("load_failed", syntaxError), (answer.Status, answer.SyntaxError));
        await attacked.AllIsWellAsync(sandbox, sameContainer: true);
    }

    /// <summary>With the engine's default runtime.</summary>
    public sealed class Runc(Sandbox sandbox) : AttackedEngine(sandbox, runtime: null);
}

/// <summary>The same snippets under gVisor, where the engine knows it. Its kernel answers otherwise here and there; who is harmed is the same.</summary>
public sealed class HostileSuiteInGVisor(Sandbox sandbox, HostileSuiteInGVisor.Runsc attacked) : IClassFixture<HostileSuiteInGVisor.Runsc>
{
    public static async Task<TheoryData<string>> Snippets()
    {
        await using var sandbox = new Sandbox();
        var settings = Sandbox.Settings();
        settings.Runtime = "runsc";
        try
        {
            await sandbox.EngineWith(settings).CheckAsync(CancellationToken.None);
            return HostileSuite.Snippets;
        }
        catch (SandboxUnavailableException e)
        {
            return [new TheoryDataRow<string>("") { TestDisplayName = "Every snippet under gVisor", Skip = $"gVisor is not to be had: {e.Message}" }];
        }
    }

    [Theory]
    [MemberData(nameof(Snippets))]
    public Task Is_contained(string name) => attacked.AttackAsync(sandbox, HostileSnippets.All.Single(s => s.Name == name), inGVisor: true);

    /// <summary>With gVisor.</summary>
    public sealed class Runsc(Sandbox sandbox) : AttackedEngine(sandbox, runtime: "runsc");
}

/// <summary>A pool that gets attacked, with tight limits, and what must not be left of it.</summary>
public abstract class AttackedEngine : IAsyncLifetime
{
    const string Honest = "import os\ndef f(n):\n    return [n * 2, os.listdir('/tmp')]";

    readonly SandboxPool _pool;
    readonly int _memoryMb;
    readonly HostFootprint _footprint;

    protected AttackedEngine(Sandbox sandbox, string? runtime)
    {
        var settings = Sandbox.Settings();
        _memoryMb = runtime is null ? 64 : 256;
        (settings.MemoryMb, settings.Runtime, settings.LeaseIdleSeconds, settings.LeaseRequests) = (_memoryMb, runtime, 600, 100_000);
        (Engine, _pool) = sandbox.PoolAndEngineWith(settings);
        _footprint = new HostFootprint(sandbox.Docker, _pool.Instance);
    }

    internal DockerEngine Engine { get; }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await _footprint.LookAsync();
        await _pool.DisposeAsync();
        await _footprint.IsGoneAsync();
    }

    internal async Task AttackAsync(Sandbox sandbox, Snippet snippet, bool inGVisor = false)
    {
        await BothServeAsync(sandbox);

        var answer = await sandbox.Run(
            snippet.Source, limits: new() { TimeoutSeconds = snippet.TimeoutSeconds, MemoryMb = _memoryMb }, engine: Engine, workspace: "attacker");

        // gVisor's first process can be killed from inside, which ends the run before it is told of.
        if (inGVisor && answer.Status == "load_failed") answer = answer with { Status = "completed", Results = [new InputResult { Ended = "killed", Message = answer.Reason }] };
        Assert.Equal("completed", answer.Status);
        var result = Assert.Single(answer.Results);
        Assert.InRange(result.Stdout.Length, 0, 64 << 10);
        if (!inGVisor)
        {
            Assert.True(snippet.Allows(result.Ended), $"ended {result.Ended}, not {snippet.Ended}: {result.Message}");
            if (snippet.Value is { } value) Assert.Equal(value, result.ValueJson);
            Assert.InRange(result.CpuMs, snippet.LeastCpuMs, snippet.MostCpuMs);
        }
        else if (!snippet.Allows(result.Ended) || (snippet.Value is { } value && result.Ended == "ok" && value != result.ValueJson))
        {
            TestContext.Current.SendDiagnosticMessage("{0}: {1} {2} {3}, with runc {4} {5}", snippet.Name, result.Ended, result.ValueJson ?? "", result.Message ?? "", snippet.Ended, snippet.Value ?? "");
        }

        await AllIsWellAsync(sandbox, !inGVisor && !snippet.LosesItsContainer);
    }

    /// <summary>The attacker's container and the bystander's are there: what an earlier snippet cost is held against that one alone.</summary>
    internal async Task BothServeAsync(Sandbox sandbox)
    {
        await AllIsWellAsync(sandbox, sameContainer: false);
        _footprint.Forget();
    }

    /// <summary>The attacker's next request, and a bystander's, are served right; by the same containers as before.</summary>
    internal async Task AllIsWellAsync(Sandbox sandbox, bool sameContainer)
    {
        foreach (var workspace in (string[])["attacker", "bystander"])
        {
            var answer = await sandbox.Run(
                Honest, ["""{"n":21}""", """{"n":4}"""], new() { TimeoutSeconds = 20, MemoryMb = _memoryMb }, engine: Engine, workspace: workspace);
            Assert.Equal([("ok", "[42, []]"), ("ok", "[8, []]")], answer.Results.Select(r => (r.Ended, r.ValueJson)));
        }

        await _footprint.LookAsync();
        if (sameContainer) Assert.Equal(2, _footprint.Seen);
    }
}
