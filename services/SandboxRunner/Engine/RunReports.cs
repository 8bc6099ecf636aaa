using System.Diagnostics;
using AutoDev.ServiceDefaults;

namespace AutoDev.SandboxRunner.Engine;

/// <summary>Gathers the reports of one run, and makes a span of each phase: what the trace says of it are the supervisor's and the kernel's figures only.</summary>
sealed class RunReports(SandboxJob job, IProgress<Report>? progress)
{
    readonly List<Report> _calls = new(job.Inputs.Count);
    readonly ActivityContext _trace = Activity.Current?.Context ?? default;
    DateTimeOffset _since = DateTimeOffset.UtcNow;
    Report? _analysis, _load;

    /// <summary>Takes the next report.</summary>
    /// <exception cref="InvalidDataException">It does not belong there.</exception>
    public void Hear(Report report)
    {
        switch (report.Kind)
        {
            case "analysis" when _analysis is null && _load is null:
                _analysis = report;
                End("analyse", report);
                break;
            case "load" when _load is null:
                _load = report;
                End("load", report);
                break;
            case "call" when _load is not null && _calls.Count < job.Inputs.Count:
                _calls.Add(report);
                break;
            default:
                throw new InvalidDataException($"unexpected report {report.Kind}");
        }

        progress?.Report(report);
    }

    public SandboxOutcome Outcome(string? lost)
    {
        if (_calls.Count > 0) End("call", [.. _calls]);
        return new(_analysis, _load, _calls, lost);
    }

    void End(string phase, params ReadOnlySpan<Report> reports)
    {
        var now = DateTimeOffset.UtcNow;
        using var activity = _trace == default ? null : Telemetry.Source.StartActivity(phase, ActivityKind.Internal, _trace, startTime: _since);
        _since = now;
        if (activity is not { IsAllDataRequested: true }) return;
        double cpu = 0;
        foreach (var report in reports) cpu += report.CpuMs;
        activity.SetTag("autodev.sandbox.reports", reports.Length).SetTag("autodev.sandbox.cpu_ms", cpu).SetTag("autodev.sandbox.ended", reports[^1].Ended).SetEndTime(now.UtcDateTime);
    }
}
