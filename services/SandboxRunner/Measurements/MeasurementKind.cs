using System.Diagnostics;
using System.Text.Json;
using AutoDev.Contracts.SandboxRunner;
using AutoDev.SandboxRunner.Engine;
using AutoDev.SandboxRunner.Queue;
using Microsoft.Extensions.Options;

namespace AutoDev.SandboxRunner.Measurements;

/// <summary>Makes a paired measurement and answers with <see cref="SandboxMeasured"/>.</summary>
sealed class MeasurementKind(ISandboxEngine engine, IOptions<SandboxOptions> options, TimeProvider clock) : IRequestKind
{
    public const string Word = "measurement";

    public string Name => Word;

    /// <summary>The request as it waits.</summary>
    public static QueuedRequest Queued(MeasureInSandbox request, Guid? conversation) => new()
    {
        Id = request.MeasurementId, Kind = Word, WorkspaceId = request.WorkspaceId, RequestedBy = request.RequestedBy, SubjectId = request.SubjectId,
        FunctionName = request.FunctionName, Inputs = request.Inputs.Count, Body = JsonSerializer.SerializeToUtf8Bytes(request), ConversationId = conversation,
        TraceParent = Activity.Current?.Id,
    };

    public async Task<Answered> RunAsync(QueuedRequest request, LiveRequest live, CancellationToken cancellation)
    {
        var asked = request.Read<MeasureInSandbox>();
        var measured = await engine.MeasureAsync(JobOf(asked, RunLimits.Of(asked.Limits, options.Value)), cancellation);
        return Answer(Of(asked, measured, clock.GetUtcNow()));
    }

    public Answered Unavailable(QueuedRequest request, string reason) =>
        Answer(NotMeasured(request.Read<MeasureInSandbox>(), "sandbox_unavailable", reason, clock.GetUtcNow()));

    /// <summary>The answer to a request of which nothing was measured.</summary>
    public static SandboxMeasured NotMeasured(MeasureInSandbox asked, string status, string reason, DateTimeOffset now) => new()
    {
        MeasurementId = asked.MeasurementId, WorkspaceId = asked.WorkspaceId, RequestedBy = asked.RequestedBy, SubjectId = asked.SubjectId, Status = status,
        Reason = reason, Variants = [], CompletedAt = now,
    };

    static MeasurementJob JobOf(MeasureInSandbox asked, RunLimits limits)
    {
        var job = new MeasurementJob(asked.MeasurementId, asked.WorkspaceId, asked.FunctionName, asked.Original, asked.Variants, asked.Inputs, limits);
        return job with
        {
            BudgetSeconds = asked.BudgetSeconds ?? job.BudgetSeconds, TargetWidth = asked.TargetWidth ?? job.TargetWidth,
            Confidence = asked.Confidence ?? job.Confidence, Seed = asked.MeasurementId.GetHashCode(),
        };
    }

    /// <summary>Pure: what was measured, in the words of the contract.</summary>
    internal static SandboxMeasured Of(MeasureInSandbox asked, Measurement measured, DateTimeOffset now) => new()
    {
        MeasurementId = asked.MeasurementId, WorkspaceId = asked.WorkspaceId, RequestedBy = asked.RequestedBy, SubjectId = asked.SubjectId, Status = "completed",
        Reason = measured.Reason, Stopped = measured.Stopped, Rounds = measured.Rounds, Original = TimesOf(measured.Original, ratio: null),
        Variants = [.. measured.Variants.Select(variant => TimesOf(variant.Times, variant.Ratio))], CompletedAt = now,
    };

    static MeasuredTimes TimesOf(MeasuredSource source, RatioInterval? ratio) => new()
    {
        CpuMs = source.CpuMs, WallMs = source.WallMs, LoadCpuMs = source.LoadCpuMs, PeakMemoryKb = source.PeakKb, Raised = source.Raised, Failed = source.Failed,
        Ratio = ratio is null ? null : new MeasuredRatio { Ratio = ratio.Ratio, Low = ratio.Low, High = ratio.High },
    };

    static Answered Answer(SandboxMeasured answer) => new(SandboxMeasurement.Of(answer), answer, answer.Status);
}
