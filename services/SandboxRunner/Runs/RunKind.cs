using System.Diagnostics;
using System.Text.Json;
using AutoDev.Contracts.SandboxRunner;
using AutoDev.SandboxRunner.Engine;
using AutoDev.SandboxRunner.Queue;
using AutoDev.SandboxRunner.Scan;
using Microsoft.Extensions.Options;

namespace AutoDev.SandboxRunner.Runs;

/// <summary>Runs a <see cref="RunInSandbox"/> and answers with <see cref="SandboxRunCompleted"/>.</summary>
sealed class RunKind(ISandboxEngine engine, IOptions<SandboxOptions> options, TimeProvider clock) : IRequestKind
{
    public const string Word = "run";

    public string Name => Word;

    /// <summary>A run among everything that waits.</summary>
    public static RequestKey Key(string workspace, Guid run) => new(workspace, Word, run);

    /// <summary>The request as it waits.</summary>
    public static QueuedRequest Queued(RunInSandbox request, Guid? conversation) => new()
    {
        Id = request.RunId, Kind = Word, WorkspaceId = request.WorkspaceId, RequestedBy = request.RequestedBy, SubjectId = request.SubjectId,
        FunctionName = request.FunctionName, Inputs = request.Inputs.Count, Body = JsonSerializer.SerializeToUtf8Bytes(request), ConversationId = conversation,
        TraceParent = Activity.Current?.Id,
    };

    public async Task<Answered> RunAsync(QueuedRequest request, LiveRequest live, CancellationToken cancellation)
    {
        var asked = request.Read<RunInSandbox>();
        var limits = RunLimits.Of(asked.Limits, options.Value);
        live.Limits = limits;
        // First, so that an engine that is lost meanwhile has both done once more.
        var scanned = asked.Scan ? await SecurityScan.RunAsync(engine, asked.WorkspaceId, asked.Source, RunLimits.Of(null, options.Value), cancellation) : null;
        var job = new SandboxJob(asked.RunId, asked.WorkspaceId, asked.Source, asked.FunctionName, asked.Inputs, limits);
        var outcome = await engine.RunAsync(job, live, cancellation);
        var verdict = Verdict.Of(asked, outcome, limits, clock.GetUtcNow());
        return Answer(request, asked, verdict with { SecurityFindings = scanned?.Findings, SecurityScanFailed = scanned?.Failed });
    }

    public Answered Unavailable(QueuedRequest request, string reason)
    {
        var asked = request.Read<RunInSandbox>();
        return Answer(request, asked, Verdict.NotRun(asked, "sandbox_unavailable", reason, clock.GetUtcNow()));
    }

    static Answered Answer(QueuedRequest request, RunInSandbox asked, SandboxRunCompleted answer) =>
        new(SandboxRun.Of(asked, answer, request.QueuedAt, request.StartedAt), answer, answer.Status);
}
