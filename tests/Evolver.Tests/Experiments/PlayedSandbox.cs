using System.Text.Json;
using AutoDev.Contracts.SandboxRunner;
using AutoDev.Testing;

namespace AutoDev.Evolver.Tests.Experiments;

/// <summary>
/// Plays the sandbox for one workspace: what a source does is a function of this test. It says each answer twice, as a broker does after a crash.
/// </summary>
public sealed class PlayedSandbox(EvolverFixture evolver, string workspace, Heard<RunInSandbox> runs, Heard<MeasureInSandbox> measurements)
{
    const int Rounds = 12;
    readonly HashSet<Guid> _answered = [];

    /// <summary>What a source does with an input.</summary>
    public Func<string, JsonElement, InputResult> Call { get; init; } = (_, input) => Answer(input.GetProperty("text").GetString()!.ToUpperInvariant());

    /// <summary>CPU milliseconds of one round of a source.</summary>
    public Func<string, double> Cpu { get; init; } = source => source == EvolverFixture.Source ? 10 : 4;

    /// <summary>What the rewrite rules propose.</summary>
    public IReadOnlyList<string> Proposed { get; init; } = [];

    /// <summary>What the security scan finds in a source.</summary>
    public Func<string, IReadOnlyList<SecurityFinding>> Scan { get; init; } = _ => [];

    /// <summary>Which messages it leaves without an answer.</summary>
    public Func<RunInSandbox, bool> Leaves { get; init; } = _ => false;

    /// <summary>Call it before what makes the service ask.</summary>
    public static async Task<PlayedSandbox> BeginAsync(EvolverFixture evolver, string workspace) =>
        new(evolver, workspace, await evolver.ListenAsync<RunInSandbox>(), await evolver.ListenAsync<MeasureInSandbox>());

    /// <summary>The same sandbox with other behaviour.</summary>
    public PlayedSandbox With(
        IReadOnlyList<string>? proposed = null, Func<string, JsonElement, InputResult>? call = null, Func<string, double>? cpu = null,
        Func<string, IReadOnlyList<SecurityFinding>>? scan = null, Func<RunInSandbox, bool>? leaves = null) => new(evolver, workspace, runs, measurements)
    {
        Proposed = proposed ?? Proposed, Call = call ?? Call, Cpu = cpu ?? Cpu, Scan = scan ?? Scan, Leaves = leaves ?? Leaves,
    };

    /// <summary>A call that returned a value.</summary>
    public static InputResult Answer(object value) =>
        new() { Ended = "ok", ValueJson = JsonSerializer.Serialize(value), CpuMs = 1, WallMs = 1, PeakMemoryKb = 9000 };

    /// <summary>A call that raised.</summary>
    public static InputResult Raise(string type) =>
        new() { Ended = "exception", ExceptionType = type, Message = "no", Traceback = "…", CpuMs = 1, WallMs = 1, PeakMemoryKb = 9000 };

    /// <summary>Answers whatever is asked until this is there.</summary>
    public Task<T> UntilAsync<T>(string what, Func<Task<T?>> isThere)
        where T : class => Eventually.GetAsync(what, async () =>
    {
        foreach (var run in runs.Messages.Where(r => r.WorkspaceId == workspace && !Leaves(r) && _answered.Add(r.RunId)))
            await evolver.PublishTwiceAsync(Answered(run));
        foreach (var m in measurements.Messages.Where(m => m.WorkspaceId == workspace && _answered.Add(m.MeasurementId)))
            await evolver.PublishTwiceAsync(Answered(m));
        return await isThere();
    });

    /// <summary>The sandbox's answer.</summary>
    public SandboxRunCompleted Answered(RunInSandbox run) => new()
    {
        RunId = run.RunId, WorkspaceId = run.WorkspaceId, RequestedBy = run.RequestedBy, SubjectId = run.SubjectId, Status = "completed",
        ExecutionLatencyMs = 100,
        SecurityFindings = run.Scan ? Scan(run.Source) : null, CompletedAt = DateTimeOffset.UtcNow,
        Results = [.. run.Inputs.Select(json => JsonElement.Parse(json)).Select(input => run.FunctionName switch
        {
            "nearby" => Answer(new[] { new { text = "near" }, new { text = "" } }),
            "mutate" => Answer(Proposed.Select(source => new { source, rules = new[] { "rule" }, description = $"Rewritten as {source}" })),
            _ => Call(run.Source, input),
        })],
    };

    SandboxMeasured Answered(MeasureInSandbox m) => new()
    {
        MeasurementId = m.MeasurementId, WorkspaceId = m.WorkspaceId, RequestedBy = m.RequestedBy, SubjectId = m.SubjectId, Status = "completed",
        Stopped = "narrow",
        Rounds = Rounds, Original = Times(m.Original), CompletedAt = DateTimeOffset.UtcNow,
        Variants = [.. m.Variants.Select(v => Times(v) with { Ratio = Ratio(Cpu(m.Original) / Cpu(v)) })],
    };

    static MeasuredRatio Ratio(double ratio) => new() { Ratio = ratio, Low = 0.98 * ratio, High = 1.02 * ratio };

    // Round by round a little slower, and the original and a variant not in step.
    MeasuredTimes Times(string source) => new()
    {
        CpuMs = [.. Enumerable.Range(0, Rounds).Select(i => Cpu(source) * (1 + 0.002 * i + 0.001 * (source.Length * i % 7)))], WallMs = [1000], LoadCpuMs = [],
        PeakMemoryKb = [.. Enumerable.Repeat(9000L, Rounds)],
    };
}
