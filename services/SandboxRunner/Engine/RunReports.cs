namespace AutoDev.SandboxRunner.Engine;

/// <summary>Gathers the reports of one run.</summary>
sealed class RunReports(SandboxJob job, IProgress<Report>? progress)
{
    readonly List<Report> _calls = new(job.Inputs.Count);
    Report? _analysis, _load;

    /// <summary>Takes the next report.</summary>
    /// <exception cref="InvalidDataException">It does not belong there.</exception>
    public void Hear(Report report)
    {
        switch (report.Kind)
        {
            case "analysis" when _analysis is null && _load is null:
                _analysis = report;
                break;
            case "load" when _load is null:
                _load = report;
                break;
            case "call" when _load is not null && _calls.Count < job.Inputs.Count:
                _calls.Add(report);
                break;
            default:
                throw new InvalidDataException($"unexpected report {report.Kind}");
        }

        progress?.Report(report);
    }

    public SandboxOutcome Outcome(string? lost) => new(_analysis, _load, _calls, lost);
}
